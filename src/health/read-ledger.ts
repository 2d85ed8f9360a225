import { workflowOf } from './begun.ts';
import type { EndedExecution, Ledger, Work } from './ledger.ts';
import type { Memory } from './memory.ts';
import type { HealthWorkflows, KnownLease } from './ports.ts';
import { seen } from './seen.ts';

/** Step Functions' words for an execution that may still do something. */
const OPEN = /^(RUNNING|PENDING_REDRIVE)$/;

/** Whoever starts them, they have no lease while they begin, or never one. */
const WITHOUT_LEASE = ['node-repair', 'etcd-member-replace', 'etcd-restore'] as const;

/** In one pass, those first that were taken first: they are likeliest to be left over, and after a storm there may be hundreds. */
const LEASES_ASKED = 50;
/** A place may be taken before there is an execution that anybody knows: it is about to be started, and AWS may throttle that. */
const UNBORN_MS = 600_000;

/**
 * Who works on what: everybody with a lease, what runs without one, and what earlier passes have started. An execution that was meant to be started and that nobody knows is in
 * neither list, so that it is started now.
 */
export async function readLedger(
  cluster: string,
  memory: Memory,
  leases: Promise<readonly KnownLease[]>,
  workflows: HealthWorkflows,
  now: Date,
): Promise<Ledger> {
  const asked = await seen(() =>
    Promise.all([
      leases.then((held) => workOfLeases(held, workflows, now)),
      startedBy(memory, workflows),
      Promise.all(WITHOUT_LEASE.map((workflow) => workflows.running(workflow, cluster))),
    ]),
  );
  if ('problem' in asked) return { work: asked, ended: [] };
  const [held, started, running] = asked.value;
  const open = started.flatMap(({ work, known }) => (known && OPEN.test(known.status) ? [work] : []));
  const ended = started.flatMap(({ work, known }): readonly EndedExecution[] =>
    known && !OPEN.test(known.status)
      ? [{ execution: work.execution, status: known.status, outcome: known.outcome, at: known.endedAt }]
      : [],
  );
  const others = [...running.flat(), ...held];
  const byName = new Map([...others, ...open].map((work) => [`${work.workflow} ${work.execution}`, work]));
  return { work: { value: [...byName.values()] }, ended };
}

async function startedBy({ begun, subjects }: Memory, workflows: HealthWorkflows) {
  const names = new Set(begun.map(({ execution }) => execution));
  // Those of episodes that go on although what was started for them has ended.
  const before = Object.entries(subjects).flatMap(([id, { execution, startedAt }]): readonly Work[] =>
    execution === null || startedAt === null || names.has(execution) ? [] : [workFor(id, execution, startedAt)],
  );
  return Promise.all(
    [...begun, ...before].map(async (work) => ({ work, known: await workflows.named(work.workflow, work.execution) })),
  );
}

function workFor(id: string, execution: string, since: string): Work {
  const instanceId = id.startsWith('i-') ? id : '';
  const nodeName = id.startsWith('node/') ? id.slice('node/'.length) : '';
  const workflow = workflowOf(execution);
  return {
    instanceId,
    nodeName,
    groupName: '',
    zone: '',
    workflow,
    execution,
    reason: 'started by a health pass',
    since,
  };
}

async function workOfLeases(
  held: readonly KnownLease[],
  workflows: HealthWorkflows,
  now: Date,
): Promise<readonly Work[]> {
  const asked = held.toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1)).slice(0, LEASES_ASKED);
  const ends = await Promise.all(asked.map((lease) => endOf(lease, workflows, now)));
  const endsByLease = new Map(asked.map((lease, index) => [lease, ends[index]]));
  return held.map((lease) => ({ ...workOf(lease), ...endsByLease.get(lease) }));
}

/** Whoever cannot be asked about may be at work. */
async function endOf(
  { execution, takenAt }: KnownLease,
  workflows: HealthWorkflows,
  now: Date,
): Promise<Pick<Work, 'isOver' | 'succeeded'>> {
  const asked = await seen(() => workflows.describe(execution));
  if ('problem' in asked) return {};
  const known = asked.value;
  const isOver = known ? !OPEN.test(known.status) : now.getTime() - Date.parse(takenAt) >= UNBORN_MS;
  return { ...(isOver && { isOver }), ...(known?.status === 'SUCCEEDED' && { succeeded: true }) };
}

// arn:aws:states:<region>:<account>:execution:tender-<stage>-<workflow>:<name>
function workOf({ execution, takenAt, ...lease }: KnownLease): Work {
  const [machine = '', name = ''] = execution.split(':').slice(-2);
  return { ...lease, workflow: workflowIn(machine), execution: name, since: takenAt };
}

/** A stage may have hyphens, too. */
function workflowIn(machine: string): string {
  const known = [
    'node-repair',
    'node-retire',
    'node-drain',
    'node-update',
    'etcd-member-replace',
    'etcd-restore',
    'os-update',
  ];
  return known.find((workflow) => machine.endsWith(`-${workflow}`)) ?? machine.replace(/^tender-[^-]+-/, '');
}
