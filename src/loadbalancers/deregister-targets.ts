import type { ClassicLoadBalancers, ClusterAttachments, RoleTargets, TargetGroups } from './ports.ts';
import { targetsOf } from './target.ts';

/**
 * Takes a node that did not join out of every target group and classic load balancer of its role, where Tender put it. Groups that a controller in
 * the cluster owns are left alone; one that does not exist holds nobody. Deregistering twice is fine.
 */
export async function deregisterTargets(
  node: { cluster: string; instanceId: string; ipAddress: string },
  role: RoleTargets,
  ports: { targetGroups: TargetGroups; classicLoadBalancers: ClassicLoadBalancers; attachments: ClusterAttachments },
): Promise<{ deregistered: number }> {
  const { targets } = await targetsOf(node, role, ports, 'skip');
  for (const target of targets) {
    if (target.kind === 'classic') await ports.classicLoadBalancers.deregister(target.name, target.id);
    else await ports.targetGroups.deregister(target.arn, target.id, target.port);
  }
  return { deregistered: targets.length };
}
