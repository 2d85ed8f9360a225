import type { KnownMatter, Matter } from '../schema/standing-matters.ts';
import type { NeglectedMember } from './attend-hooks.ts';
import { isShiftedOnly } from './breakers.ts';
import type { BreakerState } from './decision.ts';
import type { ObservedGroup, Seen } from './observations.ts';
import type { SnapshotAge } from './ports.ts';
import { problemOf, seenOr } from './seen.ts';

/** What a pass has seen of what stands. */
export interface SeenMatters {
  readonly groups: Seen<readonly ObservedGroup[]>;
  readonly breakers: readonly BreakerState[];
  readonly neglected: Seen<readonly NeglectedMember[]>;
  /** undefined: nobody has looked this time, or there are none to look at. */
  readonly snapshots: Seen<SnapshotAge> | undefined;
}

const MINUTE_MS = 60_000;
/** After the two minutes after which an execution is started for it: that has claimed the instance by the next pass. A hook lasts five minutes. */
const HOOK_PATIENCE_MS = MINUTE_MS;
/** Who is worked on makes it open too, and is soon back. */
const WORK_PATIENCE_MS = 30 * MINUTE_MS;

/** What stands in a cluster, nobody mends by himself, and is no finding about a node. */
export function standingMatters({ breakers, neglected, snapshots }: SeenMatters): readonly Matter[] {
  return [
    ...breakers.filter(isToTell).map(breakerMatter),
    ...seenOr(neglected, []).map(hookMatter),
    ...snapshotMatters(seenOr(snapshots, undefined)),
  ];
}

/** Whether nobody could see how it is now. */
export function isUnseen({ groups, neglected, snapshots }: SeenMatters): (one: KnownMatter) => boolean {
  const unseen: Readonly<Record<string, boolean>> = {
    'breakers-open': problemOf(groups) !== undefined,
    'hooks-unattended': problemOf(neglected) !== undefined,
    'snapshot-overdue': snapshots === undefined || problemOf(snapshots) !== undefined,
  };
  return ({ kind }) => unseen[kind] ?? false;
}

/** A zone that somebody leads traffic away from he knows of; an image that does not join is a finding, and told as one. */
function isToTell(state: BreakerState): boolean {
  return state.open && !isShiftedOnly(state) && !state.name.startsWith('image ');
}

function breakerMatter({ name, words, stormAt }: BreakerState): Matter {
  return { kind: 'breakers-open', name, words, patienceMs: stormAt === null ? WORK_PATIENCE_MS : 0 };
}

function hookMatter({ instanceId, groupName, lifecycleState }: NeglectedMember): Matter {
  const words = `${instanceId} (group ${groupName}) in ${lifecycleState}`;
  return { kind: 'hooks-unattended', name: instanceId, words, patienceMs: HOOK_PATIENCE_MS };
}

/** A cluster that was registered just now has none yet, and two intervals for the first. */
function snapshotMatters(age: SnapshotAge | undefined): readonly Matter[] {
  if (age === undefined || !age.overdue) return [];
  const { newest, ageSeconds, everyMinutes } = age;
  const known = { kind: 'snapshot-overdue', name: 'etcd' };
  return [
    ageSeconds === undefined
      ? { ...known, words: 'there is none at all', patienceMs: 2 * everyMinutes * MINUTE_MS }
      : { ...known, words: `the newest, ${newest}, is ${Math.floor(ageSeconds / 60)} minutes old`, patienceMs: 0 },
  ];
}
