import { isDeepStrictEqual } from 'node:util';
import { attemptAll } from './attempt-all.ts';
import { type CandidatePorts, type Candidates, candidates } from './candidates.ts';
import { DeregistrationFailed, LastHealthyTarget } from './errors.ts';
import { type FoundTarget, findTargets } from './find-targets.ts';
import { inParallel } from './in-parallel.ts';
import { lastHealthyIn, leftWithoutHealthy } from './last-healthy.ts';
import type {
  ClassicLoadBalancers,
  Departures,
  DeregistrationDelays,
  NotedTarget,
  RegisteredInstances,
  RegisteredTargets,
  RoleTargets,
  TargetGroups,
} from './ports.ts';
import { targetName, union } from './target-name.ts';

export interface DeregisterNodePorts extends CandidatePorts {
  readonly departures: Departures;
  readonly targets: RegisteredTargets;
  readonly delays: DeregistrationDelays;
  readonly instances: RegisteredInstances;
  readonly targetGroups: Pick<TargetGroups, 'describe' | 'deregister'>;
  readonly classicLoadBalancers: Pick<ClassicLoadBalancers, 'deregister'>;
}

/** Where a node was taken out. */
export interface Departure {
  readonly deregistered: number;
  /** For people: `demo-workers i-0abc:30080`. */
  readonly targets: readonly string[];
  /** ISO 8601: until then load balancers may still open connections to the node. Now when it is behind none. */
  readonly quietUntil: string;
  /** ISO 8601: when the last target is expected to be out. */
  readonly outAt: string;
  readonly lookAgainSeconds: number;
}

/**
 * Takes a node out of every load balancer that it is behind, those of controllers in the cluster too (S9, S20).
 * What it takes out is noted in the claim before, so that undo can put back that and no more. One that fails does not keep the others from being
 * done. A voluntary one touches nothing when the node is the last healthy target somewhere, or when it cannot be known; when it has become so by others
 * that left at the same moment, or since an earlier try, it fails after all, and whoever called puts it back.
 * One of an instance that goes anyway does not depend on the note.
 * Can run again: what was noted is deregistered again, which is harmless, and stays noted.
 *
 * @throws DeregistrationFailed when everything was tried; InstanceNotClaimed; LastHealthyTarget
 */
export async function deregisterNode(
  node: { cluster: string; instanceId: string; ipAddress: string; groupName: string; voluntary: boolean },
  roles: readonly RoleTargets[],
  ports: DeregisterNodePorts,
  now: () => Date,
): Promise<Departure> {
  const { cluster, instanceId } = node;
  const noted = (await unlessLeaving(node, ports.departures.noted(cluster, instanceId))) ?? [];
  const possible = await candidates({ ...node, noted }, roles, ports, now());
  const { found, failures } = await findTargets(node, possible, ports);
  const unknown = [...possible.failures, ...failures];
  if (node.voluntary) refuse(instanceId, found, noted, unknown);
  const leaving = union(noted, found.filter((one) => !one.leaving).map(noteOf));
  if (!isDeepStrictEqual(leaving, noted))
    await unlessLeaving(node, ports.departures.note(cluster, instanceId, leaving));
  const attempts = await attemptAll(leaving, targetName, (target) => deregister(target, ports));
  const after = node.voluntary ? await leftWithoutHealthy(leaving, possible, ports) : { last: [], failures: [] };
  if (after.last.length > 0) throw new LastHealthyTarget(instanceId, after.last);
  const failed = [...unknown, ...attempts.failures, ...after.failures];
  if (failed.length > 0) throw new DeregistrationFailed(instanceId, failed);
  const connecting = mayConnect(leaving, found);
  const quietSeconds = await longestQuiet(connecting, possible, ports.instances);
  const outSeconds = Math.max(quietSeconds, await longestDelay(connecting, ports.delays));
  return {
    deregistered: leaving.length,
    targets: leaving.map(targetName),
    quietUntil: new Date(now().getTime() + quietSeconds * 1000).toISOString(),
    outAt: new Date(now().getTime() + outSeconds * 1000).toISOString(),
    lookAgainSeconds: quietSeconds,
  };
}

/** What goes anyway leaves its load balancers, whether that can be noted or not: it is hardly ever put back. */
async function unlessLeaving<T>({ voluntary }: { voluntary: boolean }, work: Promise<T>): Promise<T | undefined> {
  if (voluntary) return work;
  return work.catch(() => undefined);
}

function refuse(
  instanceId: string,
  found: readonly FoundTarget[],
  noted: readonly NotedTarget[],
  unknown: Candidates['failures'],
): void {
  const last = lastHealthyIn(found, noted);
  if (last.length > 0) throw new LastHealthyTarget(instanceId, last);
  // Unknown is unsafe: a load balancer that cannot be looked at may have nobody else.
  if (unknown.length > 0) throw new DeregistrationFailed(instanceId, unknown);
}

function noteOf({ target, healthy }: FoundTarget): NotedTarget {
  return healthy ? target : { ...target, idle: true };
}

/** Everything that may still open connections to the node: also where somebody else has just taken it out. */
function mayConnect(leaving: readonly NotedTarget[], found: readonly FoundTarget[]): readonly NotedTarget[] {
  const idle = new Set(found.filter(({ inUse }) => !inUse).map(({ target }) => targetName(target)));
  return union(
    leaving,
    found.map(({ target }) => target),
  ).filter((target) => !idle.has(targetName(target)));
}

async function deregister(target: NotedTarget, ports: DeregisterNodePorts): Promise<void> {
  if (target.kind === 'classic') await ports.classicLoadBalancers.deregister(target.name, target.id);
  else await ports.targetGroups.deregister(target.arn, target.id, target.port);
}

/** The longest delay that a target group may have. */
const LONGEST_DELAY_SECONDS = 3600;

/** What the target groups let open connections take; one that cannot be asked may let them take the longest: a target may be taken for out by the time alone. */
async function longestDelay(targets: readonly NotedTarget[], groups: DeregistrationDelays): Promise<number> {
  const arns = [...new Set(targets.flatMap((target) => (target.kind === 'target-group' ? [target.arn] : [])))];
  const delays = await inParallel(arns, (arn) =>
    groups.deregistrationDelaySeconds(arn).catch(() => LONGEST_DELAY_SECONDS),
  );
  return Math.max(0, ...delays);
}

/**
 * How long load balancers may open connections to a target after its deregistration (S9): a network load balancer 30 to 150 s, about two minutes as
 * its users measure it, and what it opens last has to be answered yet; an application load balancer up to 10 s.
 */
const QUIET_SECONDS = { network: 160, application: 10 } as const;

async function longestQuiet(
  targets: readonly NotedTarget[],
  { targetGroups }: Candidates,
  instances: RegisteredInstances,
): Promise<number> {
  const protocols = new Map(targetGroups.map(({ arn, protocol }) => [arn, protocol]));
  const quiet = targets.map(async (target) => {
    // A classic load balancer opens no new connections; those that are open go on for so long.
    if (target.kind === 'classic') return instances.drainingSeconds(target.name);
    const protocol = protocols.get(target.arn);
    return protocol === undefined ? 0 : QUIET_SECONDS[/^HTTPS?$/.test(protocol) ? 'application' : 'network'];
  });
  return Math.max(0, ...(await Promise.all(quiet)));
}
