import { attemptAll } from './attempt-all.ts';
import type { Candidates } from './candidates.ts';
import type { TargetFailure } from './errors.ts';
import type {
  KnownClassicLoadBalancer,
  KnownTargetGroup,
  NotedTarget,
  RegisteredInstance,
  RegisteredInstances,
  RegisteredTargets,
  TargetHealth,
} from './ports.ts';
import { balancerName } from './target-name.ts';

/** One place where a node is registered now. */
export interface FoundTarget {
  readonly target: NotedTarget;
  /** A controller in the cluster registers here and has marked the place; Tender never does (S20). */
  readonly controllerOwned: boolean;
  /** Somebody took it out already, and its connections drain. */
  readonly leaving: boolean;
  /** Whether any connection comes this way: not in a group that no listener uses, nor in a zone that the load balancer lacks. */
  readonly inUse: boolean;
  readonly healthy: boolean;
  /** Healthy targets of others in the same place. */
  readonly healthyOthers: number;
}

/**
 * Where a node is registered now, among the candidates: by instance id, or by its primary address in a group of addresses. In a group of addresses
 * that a controller owns, or may own by the cluster's tag, the targets are pods, also where a pod has the node's address; those are the controller's
 * (S20). Auto Scaling puts nobody into groups of addresses.
 * What cannot be looked at is told and does not hold up the rest. Reads only.
 */
export async function findTargets(
  node: { instanceId: string; ipAddress: string },
  candidates: Pick<Candidates, 'targetGroups' | 'classicLoadBalancers'>,
  ports: { targets: RegisteredTargets; instances: RegisteredInstances },
): Promise<{ found: readonly FoundTarget[]; failures: readonly TargetFailure[] }> {
  const groups = candidates.targetGroups.filter((group) => idIn(group, node) !== undefined);
  const [inGroups, inClassic] = await Promise.all([
    attemptAll(
      groups,
      ({ arn }) => balancerName(arn),
      (group) => inGroup(node, group, ports.targets),
    ),
    attemptAll(
      candidates.classicLoadBalancers,
      ({ name }) => name,
      (one) => inBalancer(node, one, ports.instances),
    ),
  ]);
  return {
    found: [...inGroups.results, ...inClassic.results].flat(),
    failures: [...inGroups.failures, ...inClassic.failures],
  };
}

/** How many others are healthy where a target is, or was; undefined where that is gone. */
export async function healthyBeside(
  target: NotedTarget,
  ports: { targets: RegisteredTargets; instances: Pick<RegisteredInstances, 'instances'> },
): Promise<number | undefined> {
  if (target.kind === 'target-group') {
    const targets = await ports.targets.targets(target.arn);
    return targets && healthyIn(targets, target.id);
  }
  const instances = await ports.instances.instances(target.name);
  return instances && servingIn(instances, target.id);
}

/** How many targets other than this are healthy, and get connections: a zonal shift leads those of its zone away. */
function healthyIn(targets: readonly TargetHealth[], own: string | undefined): number {
  return targets.filter(({ id, state, shiftedAway }) => id !== own && state === 'healthy' && !shiftedAway).length;
}

/** How many instances other than this serve. */
function servingIn(instances: readonly RegisteredInstance[], own: string): number {
  return instances.filter((one) => one.instanceId !== own && isServing(one)).length;
}

function isServing({ inService, leaving }: RegisteredInstance): boolean {
  return inService && !leaving;
}

async function inGroup(
  node: { instanceId: string; ipAddress: string },
  group: KnownTargetGroup,
  registered: RegisteredTargets,
): Promise<readonly FoundTarget[]> {
  const targets = (await registered.targets(group.arn)) ?? [];
  const own = idIn(group, node);
  const healthyOthers = healthyIn(targets, own);
  return targets
    .filter(({ id }) => id === own)
    .map(({ id, port, state }) => ({
      target: { kind: 'target-group', arn: group.arn, id, port },
      controllerOwned: group.controllerOwned,
      leaving: /draining/.test(state),
      inUse: state !== 'unused',
      healthy: state === 'healthy',
      healthyOthers,
    }));
}

async function inBalancer(
  { instanceId }: { instanceId: string },
  { name, controllerOwned }: KnownClassicLoadBalancer,
  registered: RegisteredInstances,
): Promise<readonly FoundTarget[]> {
  const instances = (await registered.instances(name)) ?? [];
  const healthyOthers = servingIn(instances, instanceId);
  return instances
    .filter((one) => one.instanceId === instanceId)
    .map((one) => ({
      target: { kind: 'classic', name, id: instanceId },
      controllerOwned,
      leaving: one.leaving,
      inUse: true,
      healthy: isServing(one),
      healthyOthers,
    }));
}

/** By what a group would know the node; undefined where it cannot be a target. */
function idIn(group: KnownTargetGroup, node: { instanceId: string; ipAddress: string }): string | undefined {
  if (group.targetType === 'instance') return node.instanceId;
  const ofPods = group.controllerOwned || group.clusterTagged === true;
  return group.targetType === 'ip' && !ofPods && node.ipAddress !== '' ? node.ipAddress : undefined;
}
