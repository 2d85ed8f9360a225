import type { PersonPage } from '../schema/person-page.ts';
import { sendPages } from '../schema/send-pages.ts';
import { type Change, type KnownMatter, type Matter, newsOf } from '../schema/standing-matters.ts';
import type { ClusterMisconfigured } from './errors.ts';
import type { EntryMatters, EntryMattersStore, EntryPager } from './ports.ts';

/** What telling works with. */
export interface TellServices {
  readonly told: EntryMattersStore;
  readonly pager: EntryPager;
}

/** Whoever edits an entry mends it within moments, mostly; an object that S3 does not give at once it gives a minute later. */
const PATIENCE_MS = 2 * 60_000;
/** Longer than the function may take: who began to send before has died. */
const SENDS_FOR_MS = 60_000;
const NOTHING: EntryMatters = { matters: [], unsent: [], sendingSince: '' };
/** More say nothing new. */
const PROBLEMS = 5;
const KIND = 'cluster-misconfigured';

/**
 * Tells people of each registry entry that cannot be used: once when it has been so for two minutes, once more after a day, and once when it is over. What is told is written down before
 * it is sent, and stays there until it is sent: not lost where SNS does not answer. Whoever has written it down sends it, and others leave it for a minute: twice it is sent only where that one
 * could not write down that it was.
 *
 * @param tick when it was due
 * @param now the time, by which one delivery of it knows of another
 * @returns what could not be sent; the next tick tries again
 * @throws what reading or writing what was told throws
 */
export async function tellMisconfigured(
  { told, pager }: TellServices,
  misconfigured: readonly ClusterMisconfigured[],
  tick: Date,
  now: () => Date,
): Promise<readonly string[]> {
  const { value: before = NOTHING, etag } = await told.read();
  // What is news by now is so at the next tick.
  if (now().getTime() - Date.parse(before.sendingSince) < SENDS_FOR_MS) return [];
  const { news, known } = newsOf(misconfigured.map(matterOf), before.matters, () => false, tick);
  const pages = news.flatMap(({ change, matters }) => matters.map((one) => composePage(change, one)));
  const after = { matters: known, unsent: [...before.unsent, ...pages] };
  if (after.unsent.length === 0 && isSame(before.matters, known)) return [];
  const sendingSince = after.unsent.length > 0 ? now().toISOString() : '';
  const written = await told.write({ ...after, sendingSince }, etag);
  // Another delivery of the same tick was faster.
  if (written === 'conflict' || after.unsent.length === 0) return [];
  const { unsent, problems } = await sendAll(after.unsent, pager);
  await told.write({ ...after, unsent, sendingSince: '' }, written.etag);
  return problems;
}

function matterOf({ cluster, problems }: ClusterMisconfigured): Matter {
  const more = problems.length > PROBLEMS ? [`and ${problems.length - PROBLEMS} more`] : [];
  const words = [...problems.slice(0, PROBLEMS), ...more].join('; ');
  return { kind: KIND, name: cluster, words, patienceMs: PATIENCE_MS };
}

function isSame(one: readonly KnownMatter[], other: readonly KnownMatter[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sendAll(pages: readonly PersonPage[], pager: EntryPager) {
  return sendPages(
    pages,
    (page) => pager.page(page),
    ({ cluster }, error) =>
      `nobody was told of the entry of ${cluster}: ${error instanceof Error ? error.name : error}`,
  );
}

function composePage(change: Change, { name: cluster, words, since }: KnownMatter): PersonPage {
  const shared = { kind: KIND, cluster, node: '', runbook: 'docs/runbooks/cluster-misconfigured.md' };
  if (change === 'over')
    return {
      ...shared,
      severity: 'info',
      subject: `cluster ${cluster}: its registry entry can be used again`,
      what: `The registry entry of cluster ${cluster} could not be used since ${since}. It can be now, or is gone`,
      did: 'looks after the cluster again, if it is still registered',
      todo: 'nothing more, unless it was not you who changed it',
      command: 'npx tender cluster ls',
    };
  const still = change === 'lasts' ? `, for a day now, since ${since}` : '';
  return {
    ...shared,
    severity: 'critical',
    subject: `cluster ${cluster}: its registry entry cannot be used`,
    what: `The registry entry of cluster ${cluster} cannot be used${still}: ${words}`,
    did: 'does nothing for that cluster: no node joins, drains or is repaired by it, and no snapshot is taken',
    todo: 'mend the entry, the SSM parameter of the cluster’s name; within a minute all goes on',
    command: `npx tender cluster doctor ${cluster}`,
  };
}
