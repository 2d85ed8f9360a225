import type { ExecutionRecord } from '../../simulator/stepfunctions/executions.ts';
import type { World } from '../../simulator/world/world.ts';
import type { LocalDeployment } from '../local-deployment.ts';

/** States in which a function asks etcd, or runs its programs. */
const ASKING: ReadonlySet<string> = new Set([
  'PrepareControlPlane',
  'FindVoter',
  'PlanRetire',
  'PlanRepair',
  'RemoveMember',
  'SeatReplacement',
  'TakeSnapshot',
  'DrillSnapshot',
  'CompareHash',
  'MaintainEtcd',
]);

/** As fast as a real etcd and functions with deadlines get along, in virtual seconds a second. */
export const ETCD_SPEED = 4;
const LEAP_MS = 1_000;
const LOOK_EVERY_MS = 5;

/** The state that an execution is in; empty when it is over. */
export function stateOf({ run }: ExecutionRecord): string {
  if (run.outcome) return '';
  return run.history.findLast((event) => event.stateEnteredEventDetails)?.stateEnteredEventDetails?.name ?? '';
}

/** Whether a function asks a real etcd now: time has to pass as it really does meanwhile. */
export function isEtcdAsked({ cloud }: LocalDeployment): boolean {
  return cloud.states.executions().some((execution) => ASKING.has(stateOf(execution)));
}

/**
 * Lets time pass until this holds: at the pace of the real etcd while that is asked, and in leaps otherwise.
 * @throws Error when it does not hold within so much of the world's time
 */
export async function alongside(
  deployment: LocalDeployment,
  holds: () => boolean,
  atMostMs: number,
  speed = ETCD_SPEED,
): Promise<void> {
  const { world } = deployment.cloud;
  const until = world.now() + atMostMs;
  while (!holds()) {
    if (world.now() > until) throw new Error(`waited ${atMostMs / 1000} s of virtual time in vain`);
    if (isEtcdAsked(deployment)) await paced(world, speed, () => !isEtcdAsked(deployment) || holds());
    else await world.advance(LEAP_MS);
  }
}

/** Keeps pace with real time until this holds. */
export async function paced(world: World, speed: number, until: () => boolean): Promise<void> {
  const stop = new AbortController();
  let isOver = false;
  const pace = world.pace(speed, stop.signal).finally(() => {
    isOver = true;
  });
  // One that fails ends before it is told to.
  while (!isOver && !until()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  stop.abort();
  await pace;
}
