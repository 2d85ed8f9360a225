import type * as AutoScaling from '@aws-sdk/client-auto-scaling';
import type { Operations } from '../cloud/service.ts';
import { groupAccess } from './group-access.ts';
import { type GroupRecord, globalTimeoutSeconds, type HookRecord } from './group-record.ts';
import type { Groups } from './groups.ts';

/** The operations on lifecycle hooks and their actions. */
export function hookOperations(groups: Groups): Operations<typeof AutoScaling> {
  return {
    PutLifecycleHook: {
      access: (input) => groupAccess(groups, 'PutLifecycleHook', input.AutoScalingGroupName),
      run: (input) => {
        groups.putHook(input.AutoScalingGroupName, { ...input, LifecycleTransition: input.LifecycleTransition });
        return {};
      },
    },
    DeleteLifecycleHook: {
      access: (input) => groupAccess(groups, 'DeleteLifecycleHook', input.AutoScalingGroupName),
      run: (input) => {
        groups.deleteHook(input.AutoScalingGroupName, input.LifecycleHookName);
        return {};
      },
    },
    DescribeLifecycleHooks: {
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        const names = input.LifecycleHookNames ?? [];
        const hooks = [...group.hooks.values()].filter((hook) => names.length === 0 || names.includes(hook.name));
        return { LifecycleHooks: hooks.map((hook) => describeHook(group, hook)) };
      },
    },
    DescribeLifecycleHookTypes: {
      run: () => ({
        LifecycleHookTypes: ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'],
      }),
    },
    CompleteLifecycleAction: {
      access: (input) => groupAccess(groups, 'CompleteLifecycleAction', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        groups.scaling.actions.complete(
          group,
          input.LifecycleHookName ?? '',
          input.LifecycleActionResult ?? '',
          input.LifecycleActionToken,
          input.InstanceId,
        );
        return {};
      },
    },
    RecordLifecycleActionHeartbeat: {
      access: (input) => groupAccess(groups, 'RecordLifecycleActionHeartbeat', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.group(input.AutoScalingGroupName);
        groups.scaling.actions.heartbeat(
          group,
          input.LifecycleHookName ?? '',
          input.LifecycleActionToken,
          input.InstanceId,
        );
        return {};
      },
    },
  };
}

function describeHook(group: GroupRecord, hook: HookRecord): AutoScaling.LifecycleHook {
  return {
    LifecycleHookName: hook.name,
    AutoScalingGroupName: group.name,
    LifecycleTransition: hook.transition,
    ...(hook.notificationTargetArn ? { NotificationTargetARN: hook.notificationTargetArn } : {}),
    ...(hook.roleArn ? { RoleARN: hook.roleArn } : {}),
    ...(hook.notificationMetadata ? { NotificationMetadata: hook.notificationMetadata } : {}),
    HeartbeatTimeout: hook.heartbeatTimeout,
    GlobalTimeout: globalTimeoutSeconds(hook),
    DefaultResult: hook.defaultResult,
  };
}
