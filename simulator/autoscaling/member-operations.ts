import type * as AutoScaling from '@aws-sdk/client-auto-scaling';
import { pageOf } from '../cloud/pages.ts';
import type { Access, Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { groupAccess } from './group-access.ts';
import {
  type ActivityRecord,
  describeActivity,
  describeMember,
  type GroupRecord,
  isWarm,
  type MemberRecord,
} from './group-record.ts';
import type { Groups } from './groups.ts';

const LARGEST_PAGE = 50;
const LARGEST_ACTIVITY_PAGE = 100;

/** The operations on single instances of groups, warm pools, activities and instance refreshes. */
export function memberOperations(groups: Groups): Operations<typeof AutoScaling> {
  const onGroup = (action: string) => (input: { AutoScalingGroupName?: string | undefined }) =>
    groupAccess(groups, action, input.AutoScalingGroupName);
  const onInstance =
    (action: string) =>
    (input: { InstanceId?: string | undefined }): Access[] =>
      groupAccess(groups, action, groups.scaling.groupOf(input.InstanceId ?? '')?.name);
  const listed = (group: GroupRecord, activities: readonly ActivityRecord[]) => ({
    Activities: activities.map((activity) => describeActivity(group, activity)),
  });
  return {
    DescribeAutoScalingInstances: {
      run: (input) => {
        const all = [...groups.all.values()].flatMap((group) =>
          [...group.members.values()].map((member) => ({ group, member })),
        );
        const ids = input.InstanceIds ?? [];
        const found = all.filter(({ member }) => ids.length === 0 || ids.includes(member.instanceId));
        const page = pageOf(found, input.MaxRecords ?? LARGEST_PAGE, input.NextToken);
        return {
          AutoScalingInstances: page.items.map(({ group, member }) => describeManaged(group, member)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    DescribeScalingActivities: {
      run: (input) => {
        const chosen =
          input.AutoScalingGroupName === undefined
            ? [...groups.all.values()]
            : [groups.group(input.AutoScalingGroupName)];
        const ids = input.ActivityIds ?? [];
        const found = chosen
          .flatMap((group) => group.activities.map((activity) => ({ group, activity })))
          .filter(({ activity }) => ids.length === 0 || ids.includes(activity.id))
          .sort((a, b) => b.activity.startTime.getTime() - a.activity.startTime.getTime());
        const page = pageOf(found, input.MaxRecords ?? LARGEST_ACTIVITY_PAGE, input.NextToken);
        return {
          Activities: page.items.map(({ group, activity }) => describeActivity(group, activity)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    TerminateInstanceInAutoScalingGroup: {
      access: onInstance('TerminateInstanceInAutoScalingGroup'),
      run: (input) => {
        const { group, activity } = groups.terminateInstance(
          input.InstanceId,
          input.ShouldDecrementDesiredCapacity ?? false,
        );
        return { Activity: describeActivity(group, activity) };
      },
    },
    SetInstanceHealth: {
      access: onInstance('SetInstanceHealth'),
      run: (input) => {
        groups.setHealth(input.InstanceId, input.HealthStatus, input.ShouldRespectGracePeriod ?? true);
        return {};
      },
    },
    SetInstanceProtection: {
      access: onGroup('SetInstanceProtection'),
      run: (input) => {
        groups.setProtection(input.AutoScalingGroupName, input.InstanceIds ?? [], input.ProtectedFromScaleIn ?? false);
        return {};
      },
    },
    EnterStandby: {
      access: onGroup('EnterStandby'),
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        return listed(
          group,
          groups.enterStandby(group.name, input.InstanceIds ?? [], input.ShouldDecrementDesiredCapacity ?? false),
        );
      },
    },
    ExitStandby: {
      access: onGroup('ExitStandby'),
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        return listed(group, groups.exitStandby(group.name, input.InstanceIds ?? []));
      },
    },
    DetachInstances: {
      access: onGroup('DetachInstances'),
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        return listed(
          group,
          groups.detachInstances(group.name, input.InstanceIds ?? [], input.ShouldDecrementDesiredCapacity ?? false),
        );
      },
    },
    AttachInstances: {
      access: onGroup('AttachInstances'),
      run: (input) => {
        groups.attachInstances(input.AutoScalingGroupName, input.InstanceIds ?? []);
        return {};
      },
    },
    PutWarmPool: {
      access: onGroup('PutWarmPool'),
      run: (input) => {
        groups.putWarmPool(input);
        return {};
      },
    },
    DeleteWarmPool: {
      access: onGroup('DeleteWarmPool'),
      run: (input) => {
        groups.deleteWarmPool(input.AutoScalingGroupName, input.ForceDelete ?? false);
        return {};
      },
    },
    DescribeWarmPool: {
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        const configuration = describeWarmPool(group);
        const page = pageOf(
          [...group.members.values()].filter(isWarm),
          input.MaxRecords ?? LARGEST_PAGE,
          input.NextToken,
        );
        return {
          ...(configuration ? { WarmPoolConfiguration: configuration } : {}),
          Instances: page.items.map(describeMember),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    StartInstanceRefresh: {
      access: onGroup('StartInstanceRefresh'),
      run: (input) => {
        if (input.Strategy !== undefined && input.Strategy !== 'Rolling') {
          throw new AwsError('NotImplemented', `Instance refresh with strategy ${input.Strategy} is not supported.`, {
            status: 501,
          });
        }
        const refresh = groups.refreshes.start(groups.group(input.AutoScalingGroupName), input);
        return { InstanceRefreshId: refresh.InstanceRefreshId };
      },
    },
    CancelInstanceRefresh: {
      access: onGroup('CancelInstanceRefresh'),
      run: (input) => {
        const refresh = groups.refreshes.cancel(groups.group(input.AutoScalingGroupName));
        return { InstanceRefreshId: refresh.InstanceRefreshId };
      },
    },
    DescribeInstanceRefreshes: {
      run: (input) => {
        const { refreshes } = groups.group(input.AutoScalingGroupName);
        const ids = input.InstanceRefreshIds ?? [];
        const found = refreshes.filter((refresh) => ids.length === 0 || ids.includes(refresh.InstanceRefreshId ?? ''));
        const page = pageOf(found, input.MaxRecords ?? LARGEST_PAGE, input.NextToken);
        return {
          InstanceRefreshes: page.items.map((refresh) => ({ ...refresh })),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
  };
}

/** A warm pool's settings as the API gives them; undefined without a pool. */
export function describeWarmPool(group: GroupRecord): AutoScaling.WarmPoolConfiguration | undefined {
  const pool = group.warmPool;
  if (!pool) return undefined;
  return {
    MinSize: pool.minSize,
    ...(pool.maxGroupPreparedCapacity === undefined ? {} : { MaxGroupPreparedCapacity: pool.maxGroupPreparedCapacity }),
    PoolState: pool.poolState,
    InstanceReusePolicy: { ReuseOnScaleIn: pool.reuseOnScaleIn },
    ...(pool.deleting ? { Status: 'PendingDelete' as const } : {}),
  };
}

// Here health is in capitals, in DescribeAutoScalingGroups it is not: recorded of the real service.
function describeManaged(group: GroupRecord, member: MemberRecord): AutoScaling.AutoScalingInstanceDetails {
  return {
    InstanceId: member.instanceId,
    InstanceType: member.instanceType,
    AutoScalingGroupName: group.name,
    AvailabilityZone: member.zone,
    LifecycleState: member.state,
    HealthStatus: member.health.toUpperCase(),
    ...(member.launchTemplate ? { LaunchTemplate: member.launchTemplate } : {}),
    ImageId: member.imageId,
    ProtectedFromScaleIn: member.protectedFromScaleIn,
  };
}
