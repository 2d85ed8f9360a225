import { attemptAll } from './attempt-all.ts';
import type { ClassicLoadBalancers, Departures, InstanceStates, NotedTarget, TargetGroups } from './ports.ts';
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
  readonly classicLoadBalancers: Pick<ClassicLoadBalancers, 'health'>;
  readonly ec2: InstanceStates;
}

/** What is looked at. */
export interface LeavingNode {
  readonly cluster: string;
  readonly instanceId: string;
  /** Until when load balancers may still open connections to it (S9). */
  readonly quietUntil: Date;
  /** When its deregistration delays are over. */
  readonly outAt: Date;
  /** Whether EC2 is asked in any case: spot may have taken the instance while its hook was on the way. */
  readonly early: boolean;
}

/**
 * Looks once whether the node is out of everything that it was taken out of: each target unused or gone, and `quietUntil` passed. One that EC2 has taken
 * serves nobody, and is not waited for. Reads only.
 * Load balancers are asked from `quietUntil` on, since before their answer would change nothing, and EC2 early once and where they do not let go: of a
 * thousand nodes that leave at once each question keeps others from being answered. Where they are asked too often to answer, the time says it, and nobody else says otherwise: a target is
 * out when its deregistration delay is over (docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).
 */
export async function checkDeregistration(
  { cluster, instanceId, quietUntil, outAt, early }: LeavingNode,
  ports: CheckDeregistrationPorts,
  now: Date,
): Promise<DeregistrationCheck> {
  if (early && (await isOff(instanceId, ports.ec2))) return OVER;
  if (now < quietUntil) return deregistrationCheck([], { quietUntil, outAt }, now);
  const noted = await ports.departures.noted(cluster, instanceId);
  // Where nothing could be noted nobody can be asked.
  if (noted.length === 0) return byTime(outAt, now, 0, 'where it was registered is not noted');
  const { draining, throttled, failed } = await standingOf(noted, ports);
  const isIn = draining.length > 0 || failed !== undefined;
  if (isIn && !early && (await isOff(instanceId, ports.ec2))) return OVER;
  if (failed !== undefined) throw failed;
  if (throttled && draining.length === 0)
    return byTime(outAt, now, AFTER_SECONDS, 'load balancers are asked too often to tell');
  return deregistrationCheck(draining, { quietUntil, outAt }, now);
}

interface Standing {
  /** Why targets that were answered for are not out. */
  readonly draining: readonly string[];
  /** Whether others were not answered for, since too many ask. */
  readonly throttled: boolean;
  readonly failed: unknown;
}

async function standingOf(noted: readonly NotedTarget[], ports: CheckDeregistrationPorts): Promise<Standing> {
  const { results, failures } = await attemptAll(noted, targetName, async (target) => [await whyNotOut(target, ports)]);
  const errors = failures.map(({ error }) => error);
  return {
    draining: results.flat().flatMap((why) => why ?? []),
    throttled: errors.some(isThrottled),
    failed: errors.find((error) => !isThrottled(error)),
  };
}

function isThrottled(error: unknown): boolean {
  return error instanceof Error && error.name === 'AwsThrottled';
}

function byTime(outAt: Date, now: Date, afterSeconds: number, why: string): DeregistrationCheck {
  const seconds = Math.ceil((outAt.getTime() - now.getTime()) / 1000) + afterSeconds;
  if (seconds <= 0) return OVER;
  const waitingFor = [`${outAt.toISOString()}, when its deregistration is over: ${why}`];
  return { done: false, waitingFor, lookAgainSeconds: Math.min(seconds, LONGEST_SECONDS) };
}

const SHORTEST_SECONDS = 15;
const LONGEST_SECONDS = 300;
/** A deregistration delay ends to the second; the look comes after it. */
const AFTER_SECONDS = 2;
const OVER: DeregistrationCheck = { done: true, waitingFor: [], lookAgainSeconds: SHORTEST_SECONDS };

/**
 * The rule of {@link checkDeregistration}. Until connections are opened no more the next look waits for that. Before the deregistration delay is over nothing
 * can have changed but by chance, so the one after it comes when it is; then ever more rarely, each wait a tenth of the time that it is late.
 */
export function deregistrationCheck(
  draining: readonly string[],
  { quietUntil, outAt }: { readonly quietUntil: Date; readonly outAt: Date },
  now: Date,
): DeregistrationCheck {
  const secondsUntil = (time: Date) => Math.ceil((time.getTime() - now.getTime()) / 1000);
  const isQuiet = secondsUntil(quietUntil) <= 0;
  const quiet = `${quietUntil.toISOString()}, until when load balancers may open connections`;
  const waitingFor = isQuiet ? draining : [...draining, quiet];
  const next = draining.length > 0 ? secondsUntil(outAt) + AFTER_SECONDS : secondsUntil(quietUntil);
  const late = Math.ceil(-secondsUntil(outAt) / 10);
  const wait = next > 0 ? next : Math.max(late, SHORTEST_SECONDS);
  return { done: waitingFor.length === 0, waitingFor, lookAgainSeconds: Math.min(wait, LONGEST_SECONDS) };
}

/** Only what EC2 says: one that it does not know, or cannot be asked about, may be serving. */
async function isOff(instanceId: string, ec2: InstanceStates): Promise<boolean> {
  const found = await ec2.describe([instanceId]).catch(() => undefined);
  const state = found?.get(instanceId)?.state;
  return state === 'shutting-down' || state === 'terminated' || state === 'stopped';
}

async function whyNotOut(target: NotedTarget, ports: CheckDeregistrationPorts): Promise<string | undefined> {
  if (target.kind === 'classic') {
    const still = await ports.classicLoadBalancers.health(target.name, target.id);
    return still && `${targetName(target)}: ${still.description}`;
  }
  const health = await ports.targetGroups.health(target.arn, target.id, target.port);
  return health && health.state !== 'unused'
    ? `${targetName(target)}: ${health.state}${health.reason ? ` (${health.reason})` : ''}`
    : undefined;
}
