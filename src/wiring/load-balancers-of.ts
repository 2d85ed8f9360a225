import { classicLoadBalancers } from '../aws/classic-load-balancers.ts';
import { groupAttachments } from '../aws/group-attachments.ts';
import { targetGroups } from '../aws/target-groups.ts';
import type { Environment } from '../runtime/settings.ts';
import { registeredCluster } from './registered-cluster.ts';

/**
 * The load balancers of a registered cluster, and what each role's nodes are registered with.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function loadBalancersOf(name: string, environment: Environment) {
  const { cluster, aws } = await registeredCluster(name, environment);
  return {
    roles: cluster.roles,
    ports: {
      targetGroups: targetGroups(aws),
      classicLoadBalancers: classicLoadBalancers(aws),
      attachments: groupAttachments(aws),
    },
  };
}
