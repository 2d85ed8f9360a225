import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import { type HealthDocument, stanceOf } from './health-document.ts';
import type { HealthEvent, HealthEvents } from './ports.ts';

/** Events are for people; more than so many at once nobody reads. */
const MOST_EVENTS = 50;

/** Writes Events about the Nodes of which another thing is found, or done, than a pass before; and about those that are well again. */
export async function recordEvents(
  before: HealthDocument | undefined,
  now: HealthDocument,
  events: HealthEvents,
): Promise<void> {
  const stances = new Map(before?.findings.map(({ id }, index) => [id, stanceOf(before.decisions[index])]));
  const ids = new Set(now.findings.map(({ id }) => id));
  const changed = now.findings.flatMap((finding, index) => {
    const decision = now.decisions[index];
    if (finding.nodeName === '' || !decision || stances.get(finding.id) === stanceOf(decision)) return [];
    return [{ nodeName: finding.nodeName, event: eventOf(finding, decision) }];
  });
  const well = (before?.findings ?? []).flatMap(({ id, nodeName, kind }) =>
    ids.has(id) || nodeName === '' || kind === 'node-without-instance' ? [] : [{ nodeName, event: WELL }],
  );
  // A cluster that could not be listed has no findings about nodes, which is no news of them.
  const news = now.nodes === null ? changed : [...changed, ...well];
  await Promise.all(news.slice(0, MOST_EVENTS).map(({ nodeName, event }) => events.record(nodeName, event)));
}

const WELL: HealthEvent = { type: 'Normal', reason: 'NodeWell', message: 'nothing is found wrong any more' };
const REASONS = {
  repair: 'NodeRepairStarted',
  'delete-node': 'NodeCleanUpStarted',
  'replace-member': 'EtcdMemberReplaceStarted',
  page: 'NodeNeedsPerson',
  none: 'NodeSick',
} as const;

function eventOf({ symptoms: [{ words: seen }] }: Finding, { action, words }: Decision): HealthEvent {
  const message = words.startsWith(seen) ? words : `${seen}: ${words}`;
  return { type: 'Warning', reason: REASONS[action], message };
}
