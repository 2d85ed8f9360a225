import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { RetiringGroup, RetiringGroups } from '../nodes/retire-ports.ts';
import { autoScalingGroups } from './auto-scaling-groups.ts';
import type { AwsAccess } from './aws-access.ts';
import { AwsAccessDenied, awsCall } from './errors.ts';
import { refreshesUnderWay } from './instance-refreshes.ts';

/**
 * Auto Scaling models no error for these: the message is all there is. That a group would fall below its minimum speaks of `Terminating instance
 * without replacement`, and is no such answer: the instance stays.
 */
const LEAVING = /not found|not part of|not in InService|is not in a valid state/i;

/** Auto Scaling groups whose instances retire. */
export function retiringGroups(aws: AwsAccess): RetiringGroups {
  const autoScaling = aws.client(AutoScalingClient);
  const { hooks } = autoScalingGroups(aws);
  const described = async (groupName: string, IncludeInstances: boolean) => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName], IncludeInstances });
    return (await awsCall(autoScaling.send(command))).AutoScalingGroups?.[0];
  };
  return {
    async describe(groupName, isChoice) {
      const group = await described(groupName, false);
      if (!group) return undefined;
      const [instanceRefreshes, found] = await Promise.all([
        isChoice ? refreshesWhereAllowed(autoScaling, groupName) : ('unknown' as const),
        hooks(groupName),
      ]);
      return { ...groupOf(group), name: groupName, hooks: found, instanceRefreshes };
    },
    async capacity(groupName) {
      const group = await described(groupName, true);
      return group && { desiredCapacity: group.DesiredCapacity ?? 0, inService: healthyInService(group) };
    },
    async members(groupName) {
      const group = await described(groupName, true);
      return (
        group && {
          desiredCapacity: group.DesiredCapacity ?? 0,
          minSize: group.MinSize ?? 0,
          members: (group.Instances ?? []).map(({ InstanceId = '', LifecycleState = '' }) => ({
            instanceId: InstanceId,
            lifecycleState: LifecycleState,
          })),
        }
      );
    },
    async terminate(instanceId, shrink) {
      const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: shrink };
      try {
        await awsCall(autoScaling.send(new TerminateInstanceInAutoScalingGroupCommand(input)));
        return 'terminating';
      } catch (error) {
        if (error instanceof Error && error.name === 'ValidationError' && LEAVING.test(error.message)) return 'leaving';
        throw error;
      }
    },
    desiredCapacity: async (groupName) => (await described(groupName, false))?.DesiredCapacity,
    async setDesiredCapacity(groupName, desired) {
      const input = { AutoScalingGroupName: groupName, DesiredCapacity: desired, HonorCooldown: false };
      await awsCall(autoScaling.send(new SetDesiredCapacityCommand(input)));
    },
  };
}

/** Without the right to ask nobody can say, and what is voluntary is refused. Trouble that passes is no such answer: who plans tries again. */
async function refreshesWhereAllowed(autoScaling: AutoScalingClient, groupName: string): Promise<number | 'unknown'> {
  try {
    return await refreshesUnderWay(autoScaling, groupName);
  } catch (error) {
    if (error instanceof AwsAccessDenied) return 'unknown';
    throw error;
  }
}

function groupOf(group: AutoScalingGroup): Omit<RetiringGroup, 'name' | 'hooks' | 'instanceRefreshes'> {
  return {
    tags: Object.fromEntries((group.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    desiredCapacity: group.DesiredCapacity ?? 0,
    maxSize: group.MaxSize ?? 0,
    poolKeepsKubelets: ['Running', 'Hibernated'].includes(group.WarmPoolConfiguration?.PoolState ?? 'Stopped'),
    launchesNobody: (group.SuspendedProcesses ?? []).some(({ ProcessName }) => ProcessName === 'Launch'),
    retainsOnAbandon: group.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === 'retain',
  };
}

function healthyInService({ Instances = [] }: AutoScalingGroup): number {
  return Instances.filter((one) => one.LifecycleState === 'InService' && one.HealthStatus === 'Healthy').length;
}
