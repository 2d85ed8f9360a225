import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { instanceTags } from '../aws/instance-tags.ts';
import { retiringGroups } from '../aws/retiring-groups.ts';
import { kubernetesNodeInstances } from '../kubernetes/node-instances.ts';
import type { Quorum } from '../nodes/retire-ports.ts';
import type { Environment } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { registeredCluster } from './registered-cluster.ts';

/** Nobody asks etcd yet, and unknown refuses whatever is voluntary (S19). */
const nobodyKnows: Quorum = { without: async () => 'unknown' };

/**
 * Everything that retiring a node of a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function retireOf(name: string, environment: Environment, now: () => Date) {
  const registered = await registeredCluster(name, environment);
  const { aws, cluster, elsewhere } = registered;
  return {
    cluster,
    elsewhere,
    ports: {
      instances: ec2Instances(aws),
      groups: autoScalingGroups(aws),
      retiring: retiringGroups(aws),
      tags: instanceTags(aws),
      quorum: nobodyKnows,
      nodes: kubernetesNodeInstances(kubernetesOf(registered, now)),
    },
  };
}
