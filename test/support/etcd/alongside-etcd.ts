import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';

/** Workflows, and those of their states in which a function asks etcd. */
const ASKING: Readonly<Record<string, readonly string[]>> = {
  'node-bootstrap': ['PrepareControlPlane', 'FindVoter'],
  'node-retire': ['PlanRetire', 'RemoveMember'],
  'node-repair': ['PlanRepair'],
  'etcd-member-replace': ['RemoveMember', 'SeatReplacement'],
};
const SPEED = 5;
const MOST_MS = 12 * 3_600_000;

/**
 * Lets time pass until this holds: at the pace of the real etcd while a function asks it, and in leaps otherwise.
 * @throws Error when it does not hold within twelve hours of the world's time
 */
export async function alongsideEtcd(scenario: FaultScenario, holds: () => boolean): Promise<void> {
  const until = scenario.world.now() + MOST_MS;
  while (!holds()) {
    if (scenario.world.now() > until) throw new Error('it took more than twelve hours');
    if (isAsked(scenario)) await paced(scenario, () => !isAsked(scenario) || holds());
    else await scenario.world.advance(1_000);
  }
}

/** Lets time pass so until nothing runs of the workflows that ask etcd, and the first one has run at least so often. */
export async function etcdWorkIsOver(scenario: FaultScenario, workflow: string, atLeast = 1): Promise<void> {
  const runs = (name: string) => scenario.deployment.executions(name);
  await alongsideEtcd(
    scenario,
    () =>
      runs(workflow).length >= atLeast &&
      Object.keys(ASKING).every((name) => runs(name).every(({ run }) => run.outcome !== undefined)),
  );
}

/** The state that a workflow's latest execution is in. */
export function currentState({ deployment }: FaultScenario, workflow: string, index = -1): string {
  const execution = deployment.executions(workflow).at(index);
  if (execution?.run.outcome) return 'over';
  return (
    execution?.run.history.findLast((event) => event.stateEnteredEventDetails)?.stateEnteredEventDetails?.name ?? ''
  );
}

function isAsked(scenario: FaultScenario): boolean {
  return Object.entries(ASKING).some(([workflow, states]) =>
    scenario.deployment
      .executions(workflow)
      .some((_, index) => states.includes(currentState(scenario, workflow, index))),
  );
}

async function paced(scenario: FaultScenario, until: () => boolean): Promise<void> {
  const stop = new AbortController();
  let isOver = false;
  const pace = scenario.world.pace(SPEED, stop.signal).finally(() => {
    isOver = true;
  });
  // One that fails ends before it is told to.
  while (!isOver && !until()) await sleep(5);
  stop.abort();
  await pace;
}
