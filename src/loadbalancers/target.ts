import { TargetGroupNotFound } from './errors.ts';
import { controllerTag, kubernetesTagPrefix } from './names.ts';
import type { RoleTargets, TargetGroup, TargetGroups } from './ports.ts';

/** One place where a node is to be registered. */
export type Target =
  | {
      readonly kind: 'target-group';
      readonly arn: string;
      readonly id: string;
      readonly port: number;
      readonly gate: boolean;
    }
  | { readonly kind: 'classic'; readonly name: string; readonly id: string; readonly gate: boolean };

/** Controllers in the cluster own target groups with these tags; Tender never registers there (S20). */
export function ownedByController(group: TargetGroup): boolean {
  return Object.keys(group.tags).some((key) => key === controllerTag || key.startsWith(kubernetesTagPrefix));
}

/** Where the role's nodes belong, and which of the registry's groups are left alone because a controller owns them. */
export async function targetsOf(
  node: { cluster: string; instanceId: string; ipAddress: string },
  role: RoleTargets,
  groups: TargetGroups,
  missing: 'refuse' | 'skip' = 'refuse',
): Promise<{ targets: readonly Target[]; leftAlone: readonly string[] }> {
  const known = await groups.describe(role.targetGroups.map((policy) => policy.arn));
  const leftAlone: string[] = [];
  const targets: Target[] = role.classicLoadBalancers.map(({ name, gate }) => ({
    kind: 'classic',
    name,
    id: node.instanceId,
    gate,
  }));
  for (const policy of role.targetGroups) {
    const group = known.get(policy.arn);
    if (!group && missing === 'skip') continue;
    if (!group) throw new TargetGroupNotFound(node.cluster, policy.arn);
    if (ownedByController(group)) leftAlone.push(policy.arn);
    else
      targets.push({
        kind: 'target-group',
        arn: group.arn,
        id: targetId(group, node),
        port: policy.port ?? group.port,
        gate: policy.gate,
      });
  }
  return { targets, leftAlone };
}

function targetId(group: TargetGroup, node: { instanceId: string; ipAddress: string }): string {
  return group.targetType === 'ip' ? node.ipAddress : node.instanceId;
}
