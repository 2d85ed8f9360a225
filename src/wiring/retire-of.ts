import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { retiringGroups } from '../aws/retiring-groups.ts';
import { kubernetesNodeInstances } from '../kubernetes/node-instances.ts';
import type { Environment } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';

/**
 * Everything that retiring a node of a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function retireOf(name: string, environment: Environment, now: () => Date) {
  return retireIn(await registeredCluster(name, environment), now);
}

/** The same for a cluster that is read already. Does no I/O. */
export function retireIn(registered: RegisteredCluster, now: () => Date) {
  const { aws, cluster, elsewhere } = registered;
  return {
    cluster,
    elsewhere,
    ports: {
      instances: ec2Instances(aws),
      groups: autoScalingGroups(aws),
      retiring: retiringGroups(aws),
      nodes: kubernetesNodeInstances(kubernetesOf(registered, now)),
    },
  };
}
