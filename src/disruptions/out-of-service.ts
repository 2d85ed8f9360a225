import type { Group, Lease, Member } from './ports.ts';

/** What of a group is out of service, or about to be. */
export interface OutOfService {
  /** What the group is meant to have, without what was added for replacements that are launched first. */
  readonly size: number;
  /** Distinct instances that somebody disrupts. */
  readonly leased: readonly Lease[];
  /** Members that leave without a lease: hooks of Auto Scaling. */
  readonly leaving: readonly Member[];
  /** Capacity that is missing beside those: replacements that are not in service yet. */
  readonly missing: number;
  /** Nodes that EKS may be emptying beside those: it cordons them minutes before Auto Scaling knows, and does not say which. */
  readonly emptying: number;
  /** All of these together; each instance counts once. */
  readonly used: number;
}

/**
 * What of a group is out of service. What Auto Scaling knows is derived from it and not written down (docs/adr/0009): a member that
 * leaves counts from its terminate hook on, and what it leaves behind counts as missing until a replacement is in service.
 */
export function outOfService(group: Group, leases: readonly Lease[]): OutOfService {
  const own = leases.filter(({ groupName }) => groupName === group.name);
  const leased = [...new Map(own.map((lease) => [lease.instanceId, lease])).values()];
  const ids = new Set(leased.map(({ instanceId }) => instanceId));
  const leaving = group.members.filter((member) => isLeaving(member) && !ids.has(member.instanceId));
  const serving = group.members.filter(isInService);
  const stillServing = serving.filter(({ instanceId }) => ids.has(instanceId)).length;
  const size = Math.min(group.desiredCapacity, ...own.map(({ surge }) => surge?.desiredBefore ?? Infinity));
  // Those that are disrupted and serve no more explain as much of what is missing.
  const explained = leased.length - stillServing + leaving.length;
  const missing = Math.max(0, size - serving.length - explained);
  const emptying = Math.max(0, (group.takenByEks ?? 0) - leaving.length - missing);
  return { size, leased, leaving, missing, emptying, used: leased.length + leaving.length + missing + emptying };
}

/** Whether Auto Scaling counts the member as capacity. One that it found unhealthy is as good as gone. */
export function isInService({ lifecycleState, healthy }: Member): boolean {
  return lifecycleState === 'InService' && healthy;
}

/** Whether the member is on its way out. One that an instance retention policy keeps (`Terminating:Retained`) has left already. */
export function isLeaving({ lifecycleState }: Member): boolean {
  return /^Terminating(:Wait|:Proceed)?$/.test(lifecycleState);
}
