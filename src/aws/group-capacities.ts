import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import type { Group, Groups } from '../disruptions/ports.ts';
import { clusterTag, roleTag } from '../nodes/names.ts';
import { eksClusterTag, nodeGroupTag } from '../updates/names.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** What the groups of a cluster should have, and have. */
export function groupCapacities(aws: AwsAccess): Groups {
  const client = aws.client(AutoScalingClient);
  return {
    async ofCluster(cluster) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client }, query));
      return pages.flatMap((page) => page.AutoScalingGroups ?? []).map(groupOf);
    },
  };
}

function groupOf({ AutoScalingGroupName, Tags, DesiredCapacity, MaxSize, Instances }: AutoScalingGroup): Group {
  const tag = (name: string) => Tags?.find(({ Key }) => Key === name)?.Value;
  const nodeGroup = tag(nodeGroupTag);
  return {
    name: AutoScalingGroupName ?? '',
    role: tag(roleTag) ?? '',
    ...(nodeGroup !== undefined && { managed: { clusterName: tag(eksClusterTag) ?? '', nodeGroup } }),
    desiredCapacity: DesiredCapacity ?? 0,
    maxSize: MaxSize ?? 0,
    members: (Instances ?? [])
      .map(({ InstanceId = '', LifecycleState = '', HealthStatus }) => ({
        instanceId: InstanceId,
        lifecycleState: LifecycleState,
        healthy: HealthStatus !== 'Unhealthy',
      }))
      .filter(({ lifecycleState }) => !lifecycleState.startsWith('Warmed')),
  };
}
