import { classicLoadBalancers } from '../aws/classic-load-balancers.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { clusterMembers, groupAttachments } from '../aws/group-attachments.ts';
import { s3Departures } from '../aws/s3-departures.ts';
import { s3LoadBalancerMaps } from '../aws/s3-load-balancer-maps.ts';
import { taggedLoadBalancers } from '../aws/tagged-load-balancers.ts';
import { targetGroups } from '../aws/target-groups.ts';
import { kubernetesListedNodes } from '../kubernetes/listed-nodes.ts';
import type { NotedTarget, TargetChanges } from '../loadbalancers/ports.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { registeredCluster } from './registered-cluster.ts';

/**
 * Everything that keeps the load balancers of a registered cluster in step with its nodes.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function syncOf(name: string, environment: Environment, now: () => Date) {
  const registered = await registeredCluster(name, environment);
  const { cluster, aws, home } = registered;
  const groups = targetGroups(aws);
  const classic = classicLoadBalancers(aws);
  const bucket = setting(environment, 'STATE_BUCKET');
  return {
    cluster,
    ports: {
      maps: s3LoadBalancerMaps(home, bucket),
      tagged: taggedLoadBalancers(aws, cluster.kubernetes.clusterNames),
      targetGroups: groups,
      targets: groups,
      instances: classic,
      members: clusterMembers(aws),
      attachments: groupAttachments(aws),
      ec2: ec2Instances(aws),
      nodes: kubernetesListedNodes(kubernetesOf(registered, now)),
      changes: changesOf(groups, classic),
      departures: s3Departures(home, bucket),
    },
  };
}

// All of one call are in one place; which kind that is decides who is asked.
function changesOf(
  groups: ReturnType<typeof targetGroups>,
  classic: ReturnType<typeof classicLoadBalancers>,
): TargetChanges {
  const idsOf = (targets: readonly NotedTarget[]) => targets.map(({ id }) => id);
  const inGroup = (targets: readonly NotedTarget[]) =>
    targets.flatMap((one) => (one.kind === 'target-group' ? [one] : []));
  return {
    async registerAll(targets) {
      const [first] = targets;
      if (first?.kind !== 'classic') return groups.registerAll(first?.arn ?? '', inGroup(targets));
      const done = await classic.registerAll(first.name, idsOf(targets));
      return targets.filter(({ id }) => done.includes(id));
    },
    async deregisterAll(targets) {
      const [first] = targets;
      if (first?.kind === 'classic') await classic.deregisterAll(first.name, idsOf(targets));
      else await groups.deregisterAll(first?.arn ?? '', inGroup(targets));
    },
  };
}
