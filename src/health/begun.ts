import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Ledger, Work } from './ledger.ts';
import { seenOr } from './seen.ts';
import { isReached, minutesAfter, stampOf } from './time.ts';

/** Step Functions lists an execution a moment after it was started (ListExecutions is eventually consistent); one that is not seen by then never ran. */
const LISTED_MINUTES = 3;

const workflows = {
  repair: 'node-repair',
  'delete-node': 'node-retire',
  'replace-member': 'etcd-member-replace',
} as const;

/** How names of executions begin, by what they are started for. */
const prefixes: Readonly<Record<string, string>> = {
  'node-without-instance': 'clean-up',
  'etcd-member': 'replace-member',
};

/** The name of what is started for an episode of a finding: the same in each pass, so that it cannot run twice. */
export function executionName({ kind, instanceId }: Finding, since: string): string {
  return `${prefixes[kind] ?? 'repair'}-${instanceId}-${since === '' ? '' : stampOf(since)}`;
}

/** Who works on what: those that are listed, and those that earlier passes started and that have neither been listed nor ended. */
export function workOf({ work, ended }: Ledger, begun: readonly Work[], now: Date): readonly Work[] {
  const listed = seenOr(work, []);
  const known = new Set([...listed, ...ended].map(({ execution }) => execution));
  const young = begun.filter(({ since }) => !isReached(minutesAfter(since, LISTED_MINUTES), now));
  return [...listed, ...young.filter(({ execution }) => !known.has(execution))];
}

/** What was started lately, with what this pass starts. */
export function rememberBegun(
  begun: readonly Work[],
  findings: readonly Finding[],
  decisions: readonly Decision[],
  at: string,
): readonly Work[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const now = new Date(at);
  const started = decisions.flatMap((decision): Work[] => {
    const finding = byId.get(decision.finding);
    if (finding === undefined || !('execution' in decision)) return [];
    const { instanceId, nodeName, groupName, zone } = finding;
    const { execution, action } = decision;
    const reason = 'just started';
    return [{ instanceId, nodeName, groupName, zone, workflow: workflows[action], execution, reason, since: at }];
  });
  return [...begun.filter(({ since }) => !isReached(minutesAfter(since, LISTED_MINUTES), now)), ...started];
}
