import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { clusterTag, roleTag } from '../loadbalancers/names.ts';
import type { Attachments, ClusterAttachments, ClusterMembers, GroupAttachments } from '../loadbalancers/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** The instances of a cluster's Auto Scaling groups, leaving ones too, with the role of their group. */
export function clusterMembers(aws: AwsAccess): ClusterMembers {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async membersOf(cluster) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client: autoScaling }, query));
      return pages
        .flatMap((page) => page.AutoScalingGroups ?? [])
        .flatMap(({ AutoScalingGroupName: groupName = '', Tags = [], Instances = [] }) => {
          const role = Tags.find(({ Key }) => Key === roleTag)?.Value ?? '';
          return Instances.map(({ InstanceId: instanceId = '', LifecycleState: lifecycleState = '' }) => ({
            instanceId,
            groupName,
            role,
            lifecycleState,
          }));
        });
    },
  };
}

/** The load balancers that are attached to an Auto Scaling group, as traffic sources or in the older ways; VPC Lattice has no targets of ours. */
export function groupAttachments(aws: AwsAccess): GroupAttachments & ClusterAttachments {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async attachedTo(groupName) {
      // Without its instances: a thousand of them are half a megabyte.
      const command = new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: [groupName],
        IncludeInstances: false,
      });
      return attachmentsOf((await awsCall(autoScaling.send(command))).AutoScalingGroups?.[0]);
    },
    async attachedIn(cluster) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }], IncludeInstances: false };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client: autoScaling }, query));
      const groups = pages.flatMap((page) => page.AutoScalingGroups ?? []);
      return Object.fromEntries(groups.map((group) => [group.AutoScalingGroupName ?? '', attachmentsOf(group)]));
    },
  };
}

function attachmentsOf(group: AutoScalingGroup | undefined): Attachments {
  const sources = (group?.TrafficSources ?? []).map(({ Identifier = '' }) => Identifier);
  const lattice = (arn: string) => arn.includes(':vpc-lattice:');
  return {
    targetGroupArns: distinct(
      group?.TargetGroupARNs,
      sources.filter((id) => id.startsWith('arn:') && !lattice(id)),
    ),
    classicLoadBalancers: distinct(
      group?.LoadBalancerNames,
      sources.filter((id) => !id.startsWith('arn:')),
    ),
  };
}

function distinct(some: readonly string[] = [], more: readonly string[]): readonly string[] {
  return [...new Set([...some, ...more])].filter((one) => one !== '');
}
