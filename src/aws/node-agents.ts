import { DescribeInstanceInformationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CommandResult } from '../nodes/ports.ts';
import type { Agents } from '../repairs/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { ssmCommands } from './ssm-commands.ts';

/** An agent that does not take a command for so long has gone; SSM allows no less than 30. */
const DELIVERY_SECONDS = 60;

const UNDER_WAY: readonly CommandResult['status'][] = ['Pending', 'InProgress', 'Unknown'];

/**
 * SSM's agent on instances.
 *
 * @param document the name of our document that restarts a kubelet
 */
export function nodeAgents(aws: AwsAccess, document: string): Agents {
  const ssm = aws.client(SSMClient);
  return {
    async answers(instanceId) {
      const query = { Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] };
      const answer = await awsCall(ssm.send(new DescribeInstanceInformationCommand(query)));
      return answer.InstanceInformationList?.[0]?.PingStatus === 'Online';
    },
    async restart(instanceId, comment) {
      const command = new SendCommandCommand({
        DocumentName: document,
        InstanceIds: [instanceId],
        Comment: comment.slice(0, 100),
        TimeoutSeconds: DELIVERY_SECONDS,
      });
      const answer = await awsCallUnless(['InvalidInstanceId'], ssm.send(command));
      return answer ? { commandId: answer.Command?.CommandId ?? '' } : 'unreachable';
    },
    async result(commandId, instanceId) {
      const { status, output, errors } = await ssmCommands(aws).result(commandId, instanceId);
      if (UNDER_WAY.includes(status)) return { status: 'under-way', output, errors };
      return { status: status === 'Success' ? 'done' : 'failed', output, errors: errors || notRun(status) };
    },
  };
}

function notRun(status: CommandResult['status']): string {
  return status === 'Success' || status === 'Failed' ? '' : `the command ended as ${status}`;
}
