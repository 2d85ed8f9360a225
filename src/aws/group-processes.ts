import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { GroupProcesses } from '../etcd/restore-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/**
 * What launches, moves or ends instances of a group.
 * docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
 */
const PROCESSES = [
  'AlarmNotification',
  'AZRebalance',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
];

/** The processes of Auto Scaling groups, suspended and resumed. */
export function groupProcesses(aws: AwsAccess): GroupProcesses {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async active(groupName) {
      const command = new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: [groupName],
        IncludeInstances: false,
      });
      const group = (await awsCall(autoScaling.send(command))).AutoScalingGroups?.[0];
      const suspended = new Set(group?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName));
      return group ? PROCESSES.filter((name) => !suspended.has(name)) : [];
    },
    async suspend(groupName, processes) {
      const input = { AutoScalingGroupName: groupName, ScalingProcesses: [...processes] };
      await awsCall(autoScaling.send(new SuspendProcessesCommand(input)));
    },
    async resume(groupName, processes) {
      const input = { AutoScalingGroupName: groupName, ScalingProcesses: [...processes] };
      await awsCall(autoScaling.send(new ResumeProcessesCommand(input)));
    },
  };
}
