import { newsOf } from '../schema/standing-matters.ts';
import { type NeglectedMember, neglectedMembers } from './attend-hooks.ts';
import type { PassServices } from './check-health.ts';
import { composeNews } from './compose-news.ts';
import type { BreakerState } from './decision.ts';
import { isStale } from './general-gates.ts';
import type { UnsentPage } from './health-document.ts';
import type { UnattendedMember } from './hooks-unattended.ts';
import type { Memory } from './memory.ts';
import type { Observations, Seen } from './observations.ts';
import type { HealthSources, SnapshotAge } from './ports.ts';
import { seen } from './seen.ts';
import { isUnseen, standingMatters } from './what-stands.ts';

/** What a pass knows by then. */
interface Seeing {
  readonly observations: Observations;
  readonly breakers: readonly BreakerState[];
  /** null: nobody knows. */
  readonly unattended: readonly UnattendedMember[] | null;
  readonly since: Memory['unattended'];
}

/** What people are to be told, what the next pass has to know for it, and members whose hooks nobody sees to. */
export interface LookedAtMatters {
  readonly pages: readonly UnsentPage[];
  readonly memory: Pick<Memory, 'matters' | 'snapshotsSeenAt'>;
  readonly neglected: Seen<readonly NeglectedMember[]>;
}

/** As often as snapshots are mostly taken: a list of the bucket each minute would tell nothing more. */
const SNAPSHOTS_EVERY_MS = 15 * 60_000;

/** Looks at what stands in a cluster and is no finding about a node. Nothing is sent yet, and what cannot be seen stays as it was. */
export async function lookAtMatters(
  { watched, sources, workflows }: Pick<PassServices, 'watched' | 'sources' | 'workflows'>,
  { observations, breakers, unattended, since }: Seeing,
  now: Date,
): Promise<LookedAtMatters> {
  const { groups, nodes, memory, at } = observations;
  const asked = { groups: sources.groups, workflows };
  const [neglected, snapshots] = await Promise.all([
    neglectedMembers(watched.name, { unattended: unattended ?? [], since, nodes }, asked, now),
    snapshotsOf(sources, memory, now),
  ]);
  const snapshotsSeenAt = snapshots === undefined ? memory.snapshotsSeenAt : at;
  if (isStale(observations, now))
    return { pages: [], memory: { matters: memory.matters, snapshotsSeenAt: memory.snapshotsSeenAt }, neglected };
  const known = unattended === null ? { problem: 'claims or groups could not be read' } : neglected;
  const found = { groups, breakers, neglected: known, snapshots };
  const { news, known: matters } = newsOf(standingMatters(found), memory.matters, isUnseen(found), now);
  const pages = news.flatMap((one) => composeNews(one, watched.name, at));
  return { pages, memory: { matters, snapshotsSeenAt }, neglected };
}

/** undefined: it is not the time, or there are none to look at. */
async function snapshotsOf(
  { snapshots }: HealthSources,
  { snapshotsSeenAt }: Memory,
  now: Date,
): Promise<Seen<SnapshotAge> | undefined> {
  const isTime = snapshotsSeenAt === null || now.getTime() - Date.parse(snapshotsSeenAt) >= SNAPSHOTS_EVERY_MS;
  return snapshots && isTime ? seen(() => snapshots.newest()) : undefined;
}
