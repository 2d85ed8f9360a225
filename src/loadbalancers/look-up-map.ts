import { ownershipOf } from './ownership.ts';
import type { KnownTargetGroup, LoadBalancerMap, TaggedLoadBalancers, TargetGroup, TargetGroups } from './ports.ts';

/** Looks up which load balancers are tagged for a cluster. Reads only; a target group that was deleted meanwhile is left out. */
export async function lookUpMap(
  cluster: string,
  { tagged, targetGroups }: { tagged: TaggedLoadBalancers; targetGroups: Pick<TargetGroups, 'describe'> },
  now: Date,
): Promise<LoadBalancerMap> {
  const { targetGroupArns, classicLoadBalancers } = await tagged.find(cluster);
  const groups = await targetGroups.describe(targetGroupArns);
  return {
    targetGroups: [...groups.values()].map(known),
    classicLoadBalancers: classicLoadBalancers.map(({ name, tags }) => ({ name, ...ownershipOf(tags) })),
    at: now.toISOString(),
  };
}

/** What is remembered of a target group. */
export function known(group: TargetGroup): KnownTargetGroup {
  const { arn, targetType, port, protocol } = group;
  return { arn, targetType, port, protocol, ...ownershipOf(group.tags) };
}
