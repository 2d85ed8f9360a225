import { inParallel } from './in-parallel.ts';
import type { Departures, NotedTarget, RegisteredInstances, TargetGroups } from './ports.ts';
import { targetName } from './target-name.ts';

/** Whether load balancers have let a node go. */
export interface DeregistrationCheck {
  readonly done: boolean;
  /** For people: `demo-workers i-0abc:30080: draining (Target.DeregistrationInProgress)`. */
  readonly waitingFor: readonly string[];
  readonly lookAgainSeconds: number;
}

export interface CheckDeregistrationPorts {
  readonly departures: Pick<Departures, 'noted'>;
  readonly targetGroups: Pick<TargetGroups, 'health'>;
  readonly instances: Pick<RegisteredInstances, 'instances'>;
}

/**
 * Looks once whether the node is out of everything that it was taken out of: each target unused or gone, and `quietUntil` passed, until when load
 * balancers may still open connections to it (S9). Reads only.
 */
export async function checkDeregistration(
  { cluster, instanceId, quietUntil }: { cluster: string; instanceId: string; quietUntil: Date },
  ports: CheckDeregistrationPorts,
  now: Date,
): Promise<DeregistrationCheck> {
  const noted = await ports.departures.noted(cluster, instanceId);
  const states = await inParallel(noted, (target) => whyNotOut(target, ports));
  return deregistrationCheck(
    states.flatMap((why) => why ?? []),
    quietUntil,
    now,
  );
}

const SHORTEST_SECONDS = 30;
const LONGEST_SECONDS = 300;

/**
 * The rule of {@link checkDeregistration}. Looks come ever more rarely: after the quiet time, each wait is half of what has passed since. The usual
 * deregistration delay of 300 s costs six looks, one of an hour nineteen.
 */
export function deregistrationCheck(draining: readonly string[], quietUntil: Date, now: Date): DeregistrationCheck {
  const quietSeconds = Math.ceil((quietUntil.getTime() - now.getTime()) / 1000);
  if (quietSeconds > 0) {
    const quiet = `${quietUntil.toISOString()}, until when load balancers may open connections`;
    return { done: false, waitingFor: [...draining, quiet], lookAgainSeconds: Math.min(quietSeconds, LONGEST_SECONDS) };
  }
  const wait = Math.min(Math.max(Math.ceil(-quietSeconds / 2), SHORTEST_SECONDS), LONGEST_SECONDS);
  return { done: draining.length === 0, waitingFor: draining, lookAgainSeconds: wait };
}

async function whyNotOut(target: NotedTarget, ports: CheckDeregistrationPorts): Promise<string | undefined> {
  if (target.kind === 'classic') {
    const still = (await ports.instances.instances(target.name)).find(({ instanceId }) => instanceId === target.id);
    return still && `${targetName(target)}: ${still.description}`;
  }
  const health = await ports.targetGroups.health(target.arn, target.id, target.port);
  return health && health.state !== 'unused'
    ? `${targetName(target)}: ${health.state}${health.reason ? ` (${health.reason})` : ''}`
    : undefined;
}
