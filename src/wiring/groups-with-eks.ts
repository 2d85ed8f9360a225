import type { AwsAccess } from '../aws/aws-access.ts';
import { eksNodeGroups } from '../aws/eks-node-groups.ts';
import { groupCapacities } from '../aws/group-capacities.ts';
import type { Group, Groups } from '../disruptions/ports.ts';
import { shareOfManaged } from '../updates/plan-managed.ts';

/** The groups of a cluster, with how many nodes EKS takes out of service in those that it rolls now, whoever asked it to. */
export function groupsWithEks(aws: AwsAccess): Groups {
  const groups = groupCapacities(aws);
  const eks = eksNodeGroups(aws);
  const seen = async (group: Group): Promise<Group> => {
    const found = group.managed && (await eks.describe(group.managed));
    return found?.status === 'UPDATING'
      ? { ...group, takenByEks: shareOfManaged(found, group.desiredCapacity) }
      : group;
  };
  return { ofCluster: async (cluster) => Promise.all((await groups.ofCluster(cluster)).map(seen)) };
}
