import { TargetGroupNotFound } from './errors.ts';
import { attachedPlaces, leftToController, ownershipOf } from './ownership.ts';
import type { ClusterAttachments, RoleTargets, TargetGroup, TargetGroups } from './ports.ts';

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

export interface TargetPorts {
  readonly targetGroups: Pick<TargetGroups, 'describe'>;
  readonly attachments: ClusterAttachments;
}

/** Where the role's nodes belong, and which of the registry's groups are left to a controller in the cluster (S20). */
export async function targetsOf(
  node: { cluster: string; instanceId: string; ipAddress: string },
  role: RoleTargets,
  ports: TargetPorts,
  missing: 'refuse' | 'skip' = 'refuse',
): Promise<{ targets: readonly Target[]; leftAlone: readonly string[] }> {
  const known = await ports.targetGroups.describe(role.targetGroups.map((policy) => policy.arn));
  const attached = await attachedWhereItMatters(node.cluster, [...known.values()], ports);
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
    if (leftToController(ownershipOf(group.tags), group.arn, attached)) leftAlone.push(policy.arn);
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

/** Auto Scaling is asked only where its answer decides: a thousand nodes may join at once. */
async function attachedWhereItMatters(
  cluster: string,
  groups: readonly TargetGroup[],
  { attachments }: TargetPorts,
): Promise<ReadonlySet<string>> {
  const matters = groups.map(({ tags }) => ownershipOf(tags)).some((one) => one.clusterTagged && !one.controllerOwned);
  return attachedPlaces(matters ? await attachments.attachedIn(cluster) : {});
}

function targetId(group: TargetGroup, node: { instanceId: string; ipAddress: string }): string {
  return group.targetType === 'ip' ? node.ipAddress : node.instanceId;
}
