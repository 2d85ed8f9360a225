import { classicLoadBalancers } from '../aws/classic-load-balancers.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { groupAttachments } from '../aws/group-attachments.ts';
import { s3Departures } from '../aws/s3-departures.ts';
import { s3LoadBalancerMaps } from '../aws/s3-load-balancer-maps.ts';
import { taggedLoadBalancers } from '../aws/tagged-load-balancers.ts';
import { targetGroups } from '../aws/target-groups.ts';
import type { NotedTarget } from '../loadbalancers/ports.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { registeredCluster } from './registered-cluster.ts';

/**
 * Everything that takes nodes of a registered cluster out of load balancers and puts them back. Load balancers are those of the cluster's account;
 * claims and maps lie in this deployment's own bucket.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function departuresOf(name: string, environment: Environment) {
  const { cluster, aws, home } = await registeredCluster(name, environment);
  const bucket = setting(environment, 'STATE_BUCKET');
  const groups = targetGroups(aws);
  const classic = classicLoadBalancers(aws);
  return {
    roles: Object.values(cluster.roles),
    ports: {
      departures: s3Departures(home, bucket),
      maps: s3LoadBalancerMaps(home, bucket),
      tagged: taggedLoadBalancers(aws, cluster.kubernetes.clusterNames),
      attachments: groupAttachments(aws),
      targetGroups: groups,
      targets: groups,
      delays: groups,
      classicLoadBalancers: classic,
      instances: classic,
      ec2: ec2Instances(aws),
      returns: {
        putBack: async (target: NotedTarget) =>
          target.kind === 'classic'
            ? classic.putBack(target.name, target.id)
            : groups.putBack(target.arn, target.id, target.port),
      },
    },
  };
}
