import {
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { pausedTag } from '../health/names.ts';
import { clusterTag } from '../nodes/names.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** Pauses of Auto Scaling groups, as a tag. */
export function groupPauses(aws: AwsAccess) {
  const client = aws.client(AutoScalingClient);
  return {
    /** The names of a cluster's groups. */
    async groupsOf(cluster: string): Promise<readonly string[]> {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client }, query));
      return pages.flatMap(({ AutoScalingGroups = [] }) =>
        AutoScalingGroups.map(({ AutoScalingGroupName = '' }) => AutoScalingGroupName),
      );
    },
    async set(group: string, until: Date | null): Promise<void> {
      const tag = { ResourceId: group, ResourceType: 'auto-scaling-group', Key: pausedTag };
      const Tags = [{ ...tag, ...(until && { Value: until.toISOString(), PropagateAtLaunch: false }) }];
      await awsCall(client.send(until ? new CreateOrUpdateTagsCommand({ Tags }) : new DeleteTagsCommand({ Tags })));
    },
  };
}
