import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Ledger, Work } from './ledger.ts';
import { problemOf, seenOr } from './seen.ts';
import { isReached, minutesAfter, stampOf } from './time.ts';

/** Step Functions lists an execution a moment after it was started (ListExecutions is eventually consistent); one that is not seen by then never ran. */
const LISTED_MINUTES = 3;

/** What is started, by what was decided, and how the names of its executions begin. */
const starts = {
  repair: { workflow: 'node-repair', prefix: 'repair' },
  'delete-node': { workflow: 'node-retire', prefix: 'clean-up' },
  'replace-member': { workflow: 'etcd-member-replace', prefix: 'replace-member' },
} as const;
/** What is done about findings of a kind, where that is not a repair. */
const actions: Readonly<Record<string, keyof typeof starts>> = {
  'node-without-instance': 'delete-node',
  'etcd-member': 'replace-member',
};

/** The name of what is started for an episode of a finding: the same in each pass, so that it cannot run twice. */
export function executionName({ kind, instanceId }: Finding, since: string): string {
  const { prefix } = starts[actions[kind] ?? 'repair'];
  return `${prefix}-${instanceId}-${since === '' ? '' : stampOf(since)}`;
}

/** The workflow that a decision starts. */
export function workflowFor(action: keyof typeof starts): string {
  return starts[action].workflow;
}

/** The workflow of an execution that passes have started, by its name. */
export function workflowOf(execution: string): string {
  const start = Object.values(starts).find(({ prefix }) => execution.startsWith(`${prefix}-`));
  return (start ?? starts.repair).workflow;
}

/** What passes have started and has not ended: it is listed, or too young for that. All of it where nobody can say. */
export function runningOf({ work, ended }: Ledger, begun: readonly Work[], now: Date): readonly Work[] {
  const over = new Set(ended.map(({ execution }) => execution));
  const open = begun.filter(({ execution }) => !over.has(execution));
  if (problemOf(work) !== undefined) return open;
  const listed = new Set(seenOr(work, []).map(({ execution }) => execution));
  return open.filter(
    ({ execution, since }) => listed.has(execution) || !isReached(minutesAfter(since, LISTED_MINUTES), now),
  );
}

/** Who works on what: what passes have started and know where, and all others that are listed. */
export function workOf({ work }: Ledger, running: readonly Work[]): readonly Work[] {
  const known = new Set(running.map(({ execution }) => execution));
  return [...running, ...seenOr(work, []).filter(({ execution }) => !known.has(execution))];
}

/** What this pass starts, as work. */
export function startedBy(findings: readonly Finding[], decisions: readonly Decision[], at: string): readonly Work[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return decisions.flatMap((decision): Work[] => {
    const finding = byId.get(decision.finding);
    if (finding === undefined || !('execution' in decision)) return [];
    const { instanceId, nodeName, groupName, zone, symptoms } = finding;
    const { execution, action } = decision;
    const reason = symptoms[0].signal;
    return [{ instanceId, nodeName, groupName, zone, workflow: workflowFor(action), execution, reason, since: at }];
  });
}
