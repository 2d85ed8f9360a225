import type { ClassicLoadBalancers, ClusterAttachments, RoleTargets, TargetGroups } from './ports.ts';
import { type Target, targetsOf } from './target.ts';

interface LoadBalancerPorts {
  readonly targetGroups: TargetGroups;
  readonly classicLoadBalancers: ClassicLoadBalancers;
  readonly attachments: ClusterAttachments;
}

/** Where a node was registered. */
export interface Registration {
  readonly registered: number;
  /** How many of them gate its admission. */
  readonly gated: number;
  /** Target groups that a controller in the cluster owns. */
  readonly leftAlone: readonly string[];
  /** When to look at their health first: an NLB takes 30 s and more to call a target healthy. */
  readonly lookAgainSeconds: number;
}

const firstLookSeconds = 45;

/**
 * Registers a node in every target group and classic load balancer of its role. Auto Scaling attaches the group's own ones only after the hook ends,
 * so a gate on target health needs this (S20). Groups that a controller in the cluster owns are left alone. Registering twice is fine.
 * @throws TargetGroupNotFound before anything is registered.
 */
export async function registerTargets(
  node: { cluster: string; instanceId: string; ipAddress: string },
  role: RoleTargets,
  ports: LoadBalancerPorts,
): Promise<Registration> {
  const { targets, leftAlone } = await targetsOf(node, role, ports);
  for (const target of targets) await register(target, ports);
  return {
    registered: targets.length,
    gated: targets.filter((target) => target.gate).length,
    leftAlone,
    lookAgainSeconds: firstLookSeconds,
  };
}

async function register(target: Target, { targetGroups, classicLoadBalancers }: LoadBalancerPorts): Promise<void> {
  if (target.kind === 'classic') await classicLoadBalancers.register(target.name, target.id);
  else await targetGroups.register(target.arn, target.id, target.port);
}
