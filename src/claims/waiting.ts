import type { Claim, Execution, Waiting } from './ports.ts';

/** Whether an execution may still do something, or be made to go on. */
export function isAlive(status: Execution['status'] | undefined): boolean {
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}

/** The part of a claim that says who waits for it, once it is somebody's. */
export function waitingFor(owner: string, waiting: readonly Waiting[]): Pick<Claim, 'waiting'> {
  const others = waiting.filter((one) => one.owner !== owner);
  return others.length === 0 ? {} : { waiting: others };
}
