import type { KnownRun } from './ports.ts';
import type { Waiting } from './what-waits.ts';

/** What comes after an execution that ended badly, by itself; by workflow. */
const AFTERWARDS: Readonly<Record<string, string>> = {
  'node-bootstrap': 'sweep undoes what it left on the instance, and answers its hook ABANDON',
  'node-retire': 'sweep-retire has what goes anyway finished by a new node-retire, and puts back what stays',
  'node-drain': 'sweep-retire puts the node back: its cordon, its load balancers, its place in the budget',
  'node-repair': 'sweep-retire puts the node back, and the next health pass looks at it again',
  'node-update':
    'sweep-retire puts the node back; where it was rebooted it keeps its place in the budget until it is Ready',
  'os-update':
    'os-update is started once more to put back what it suspended and marked; the update has stopped, and goes on with: tender update resume',
  'etcd-restore':
    'nothing undoes it: where the control plane was stopped it stands still until the same restore is started again, which goes on where this one was (docs/runbooks/etcd-restore-stopped.md)',
};
const HOOK_WAITS =
  'its node-retire drains on, since a terminate hook waits and the instance goes in any case; when the third drain is stopped, too, it does with the hook as retire.whenDrainFails says';
const RETAINED =
  'its node-retire answers the terminate hook ABANDON at once, as retire.whenDrainFails says, and a person is told: the instance is retained; then sweep-retire puts the node back';
const NOTHING_TO_UNDO = 'there is nothing to undo, and the next run begins anew';

/** What happens by itself after an execution of a workflow with this input was stopped or has died. */
export function afterwards({ workflow, input }: Pick<KnownRun, 'workflow' | 'input'>): string {
  const parent = workflow === 'node-drain' && typeof input.owner === 'string' ? parentIn(input.owner) : '';
  // Its parent hears of its end, and no sweep does.
  // Before a terminate hook its drain puts the node back only where the instance is to be retained.
  if (parent === 'node-retire' && input.hook !== undefined) return input.putBack === true ? RETAINED : HOOK_WAITS;
  if (parent !== '') return `the ${parent} that started it ends with it; then ${AFTERWARDS[parent] ?? NOTHING_TO_UNDO}`;
  return AFTERWARDS[workflow] ?? NOTHING_TO_UNDO;
}

/** The workflow of an execution that started another one, by its ARN; empty where it is none that has something undone. */
function parentIn(owner: string): string {
  return Object.keys(AFTERWARDS).find((one) => owner.includes(`-${one}:`)) ?? '';
}

/** The page that says what to do about an error: the one that its cause names, or the one that bears its name. Empty: there is none. */
export function runbookOf({ error, cause }: Pick<KnownRun, 'error' | 'cause'>): string {
  const [named] = /docs\/runbooks\/[\w-]+\.md/.exec(cause) ?? [];
  if (named !== undefined) return named;
  // Names with a dot are Step Functions' own.
  if (!/^[A-Z][A-Za-z]+$/.test(error) || error === 'Stopped') return '';
  return `docs/runbooks/${error.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()}.md`;
}

/** What a person does next, one line each; none where all is done. Pure. */
export function whatNext(run: KnownRun, waits: Waiting | undefined): readonly string[] {
  const { status, name } = run;
  if (status === 'SUCCEEDED') return [];
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return whileItRuns(run, waits);
  const runbook = runbookOf(run);
  return [
    ...(runbook === '' ? [] : [`read ${runbook}`]),
    ...(status === 'FAILED' ? [] : [afterwards(run)]),
    ...(status === 'TIMED_OUT' ? [`see where it stood still: npx tender run explain ${name} -o json`] : []),
  ];
}

function whileItRuns(run: KnownRun, waits: Waiting | undefined): readonly string[] {
  const { name, input } = run;
  const cluster = typeof input.cluster === 'string' ? ` ${input.cluster}` : '';
  const budgets = waits?.blockers.some((one) => /PodDisruptionBudget/.test(one)) === true;
  return [
    ...(waits?.person ? [`npx tender etcd approve${cluster}, or npx tender etcd refuse${cluster} --reason …`] : []),
    ...(budgets ? ['make room in the PodDisruptionBudget that is named: more replicas, or healthy ones'] : []),
    `npx tender run watch ${name}`,
    `npx tender run stop ${name} --reason …: then ${afterwards(run)}`,
  ];
}
