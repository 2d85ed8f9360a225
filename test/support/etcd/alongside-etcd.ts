import { alongside, stateOf } from '../../../rehearsal/etcd/asked.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';

/** Workflows that ask etcd. */
const ASKING = ['node-bootstrap', 'node-retire', 'node-repair', 'etcd-member-replace'];
const SPEED = 5;
const MOST_MS = 12 * 3_600_000;

/**
 * Lets time pass until this holds: at the pace of the real etcd while a function asks it, and in leaps otherwise.
 * @throws Error when it does not hold within twelve hours of the world's time
 */
export async function alongsideEtcd(scenario: FaultScenario, holds: () => boolean): Promise<void> {
  await alongside(scenario.deployment, holds, MOST_MS, SPEED).catch((error: Error) => {
    throw new Error(`${error.message}: ${whatCameOf(scenario)}`);
  });
}

/** Of the workflows that ask etcd: `etcd-member-replace: SUCCEEDED`, `node-retire: FAILED NodeNotRetired: why`. */
function whatCameOf({ deployment }: FaultScenario): string {
  const all = ASKING.flatMap((name) =>
    deployment.executions(name).map(({ run: { outcome } }) => {
      const cause = outcome?.status === 'SUCCEEDED' ? outcome.output : (outcome?.cause ?? '');
      return `${name}: ${outcome?.status ?? 'running'} ${cause?.slice(0, 500) ?? ''}`;
    }),
  );
  return all.join('\n');
}

/** Lets time pass so until nothing runs of the workflows that ask etcd, and the first one has run at least so often. */
export async function etcdWorkIsOver(scenario: FaultScenario, workflow: string, atLeast = 1): Promise<void> {
  const runs = (name: string) => scenario.deployment.executions(name);
  await alongsideEtcd(
    scenario,
    () =>
      runs(workflow).length >= atLeast &&
      ASKING.every((name) => runs(name).every(({ run }) => run.outcome !== undefined)),
  );
}

/** The state that a workflow's latest execution is in. */
export function currentState({ deployment }: FaultScenario, workflow: string, index = -1): string {
  const execution = deployment.executions(workflow).at(index);
  if (execution?.run.outcome) return 'over';
  return execution ? stateOf(execution) : '';
}
