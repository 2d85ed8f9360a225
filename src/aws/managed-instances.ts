import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { clusterTag, groupNameTag } from '../signals/names.ts';
import type { InstanceEntry } from '../signals/ports.ts';
import { allPages } from './all-pages.ts';
import { autoScalingGroups } from './auto-scaling-groups.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';

/** A filter of DescribeInstances takes at most 200 values, DescribeAutoScalingGroups at most 100 names. */
const FILTER_VALUES = 200;
const GROUP_NAMES = 100;

/** An instance and its group, before anybody knows whose the group is. */
interface Member {
  readonly instanceId: string;
  readonly groupName: string;
  readonly lifecycleState?: string;
  /** The cluster that the instance's own tag names. */
  readonly cluster?: string | undefined;
}

/**
 * Those of the instances that belong to a group of a cluster, in batches (S37). Auto Scaling forgets an instance that it did not terminate itself
 * within minutes; EC2 shows it for about an hour more, with the tag that names its group.
 */
export async function managedInstances(
  aws: AwsAccess,
  instanceIds: readonly string[],
): Promise<readonly InstanceEntry[]> {
  const members = await autoScalingGroups(aws).memberships(instanceIds);
  const left = instanceIds.filter((id) => !members.has(id));
  const all: readonly Member[] = [...members.values(), ...(await formerMembers(aws, left))];
  const clusters = await clustersOfGroups(
    aws,
    all.map(({ groupName }) => groupName),
  );
  return all.flatMap(({ instanceId, groupName, lifecycleState, cluster: own }) => {
    const cluster = clusters.has(groupName) ? clusters.get(groupName) : own;
    return cluster === undefined ? [] : [{ instanceId, cluster, groupName, lifecycleState }];
  });
}

async function formerMembers(aws: AwsAccess, instanceIds: readonly string[]): Promise<readonly Member[]> {
  const client = aws.client(EC2Client);
  // By filter and not by id: one unknown id would fail the whole call.
  const pages = await Promise.all(
    batches(instanceIds, FILTER_VALUES).map((Values) =>
      allPages(paginateDescribeInstances({ client }, { Filters: [{ Name: 'instance-id', Values: [...Values] }] })),
    ),
  );
  const found = pages
    .flat()
    .flatMap(({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances));
  return found.flatMap(({ InstanceId = '', Tags = [] }) => {
    const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
    const groupName = tags.get(groupNameTag);
    return groupName === undefined ? [] : [{ instanceId: InstanceId, groupName, cluster: tags.get(clusterTag) }];
  });
}

/** The cluster by group; undefined for a group that exists without our tag. */
async function clustersOfGroups(
  aws: AwsAccess,
  groupNames: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const client = aws.client(AutoScalingClient);
  const pages = await Promise.all(
    batches([...new Set(groupNames)], GROUP_NAMES).map((names) => {
      const query = { AutoScalingGroupNames: [...names], MaxRecords: 100, IncludeInstances: false };
      return allPages(paginateDescribeAutoScalingGroups({ client }, query));
    }),
  );
  const groups = pages.flat().flatMap((page) => page.AutoScalingGroups ?? []);
  return new Map(groups.map((group) => [group.AutoScalingGroupName ?? '', clusterOf(group)]));
}

function clusterOf({ Tags = [] }: AutoScalingGroup): string | undefined {
  return Tags.find(({ Key }) => Key === clusterTag)?.Value;
}
