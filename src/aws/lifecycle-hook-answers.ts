import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  RecordLifecycleActionHeartbeatCommand,
} from '@aws-sdk/client-auto-scaling';
import type { HookAnswers, WaitingHook } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** Auto Scaling models no error for it: the message is all there is (S6). */
const FINISHED = /No active Lifecycle Action|AutoScalingGroup name not found/;

/** Answers lifecycle hooks, by the instance that waits. */
export function lifecycleHookAnswers(aws: AwsAccess): HookAnswers {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async complete(hook, result) {
      const command = new CompleteLifecycleActionCommand({ ...named(hook), LifecycleActionResult: result });
      return (await unlessFinished(autoScaling.send(command))) ? 'answered' : 'finished';
    },
    async heartbeat(hook) {
      const command = new RecordLifecycleActionHeartbeatCommand(named(hook));
      return (await unlessFinished(autoScaling.send(command))) ? 'recorded' : 'finished';
    },
  };
}

function named({ groupName, hookName, instanceId }: WaitingHook) {
  return { AutoScalingGroupName: groupName, LifecycleHookName: hookName, InstanceId: instanceId };
}

/** Whether it went through; false when nothing waits any more. */
async function unlessFinished(call: Promise<unknown>): Promise<boolean> {
  try {
    await awsCall(call);
    return true;
  } catch (error) {
    if (error instanceof Error && FINISHED.test(error.message)) return false;
    throw error;
  }
}
