import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLifecycleHooksCommand,
  DescribeScalingActivitiesCommand,
  type LaunchTemplateSpecification,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { clusterTag } from '../nodes/names.ts';
import type { Groups, Membership } from '../nodes/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall } from './errors.ts';
import { LOOKS_ONCE } from './look-before.ts';

/** DescribeAutoScalingInstances takes at most 50 ids, DescribeScalingActivities gives at most 100. */
const INSTANCES_PER_CALL = 50;
const ACTIVITIES_PER_CALL = 100;

/** A refusal of one of its calls slows down no other client's. */
class OnceClient extends AutoScalingClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, ...LOOKS_ONCE });
  }
}

/** What Auto Scaling says about groups and their instances. */
export function autoScalingGroups(aws: AwsAccess): Groups {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async memberships(instanceIds, { once = false } = {}) {
      const client = once ? aws.client(OnceClient) : autoScaling;
      const answers = await Promise.all(
        batches(instanceIds, INSTANCES_PER_CALL).map((ids) =>
          awsCall(client.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [...ids] }))),
        ),
      );
      const members = answers
        .flatMap((answer) => answer.AutoScalingInstances ?? [])
        .map((one) => membershipOf(one, one.AutoScalingGroupName));
      return new Map(members.map((one) => [one.instanceId, one]));
    },
    async tags(groupName) {
      const command = new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: [groupName],
        IncludeInstances: false,
      });
      const group = (await awsCall(autoScaling.send(command))).AutoScalingGroups?.[0];
      return group && Object.fromEntries((group.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
    },
    async hooks(groupName) {
      const command = new DescribeLifecycleHooksCommand({ AutoScalingGroupName: groupName });
      return ((await awsCall(autoScaling.send(command))).LifecycleHooks ?? []).map((hook) => ({
        name: hook.LifecycleHookName ?? '',
        transition: hook.LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? 'launching' : 'terminating',
        heartbeatTimeoutSeconds: hook.HeartbeatTimeout ?? 0,
        globalTimeoutSeconds: hook.GlobalTimeout ?? 0,
      }));
    },
    async activities(groupName, limit) {
      const MaxRecords = Math.min(limit, ACTIVITIES_PER_CALL);
      const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: groupName, MaxRecords });
      return ((await awsCall(autoScaling.send(command))).Activities ?? []).map((activity) => ({
        startedAt: activity.StartTime?.toISOString() ?? '',
        status: activity.StatusCode ?? '',
        description: activity.Description ?? '',
        cause: activity.Cause ?? '',
      }));
    },
    async instancesOf(cluster) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client: autoScaling }, query));
      return pages
        .flatMap((page) => page.AutoScalingGroups ?? [])
        .flatMap((group) => (group.Instances ?? []).map((one) => membershipOf(one, group.AutoScalingGroupName)))
        .filter((one) => !/Terminat/.test(one.lifecycleState));
    },
  };
}

interface Described {
  readonly InstanceId?: string | undefined;
  readonly LifecycleState?: string | undefined;
  readonly LaunchTemplate?: LaunchTemplateSpecification | undefined;
}

function membershipOf({ InstanceId = '', LifecycleState = '', LaunchTemplate }: Described, groupName = ''): Membership {
  const { LaunchTemplateId: id, Version: version } = LaunchTemplate ?? {};
  return {
    instanceId: InstanceId,
    groupName,
    lifecycleState: LifecycleState,
    ...(id !== undefined && version !== undefined && { launchTemplate: { id, version } }),
  };
}
