import { DescribeInstanceInformationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { RebootAgents } from '../reboots/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { ssmCommands } from './ssm-commands.ts';

/** An agent that does not take a command for so long has gone; SSM allows no less than 30. */
const DELIVERY_SECONDS = 60;

/**
 * SSM's agent on instances.
 *
 * @param document the name of our document that updates and reboots
 */
export function rebootAgents(aws: AwsAccess, document: string): RebootAgents {
  const ssm = aws.client(SSMClient);
  return {
    async answers(instanceId) {
      const query = { Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] };
      const answer = await awsCall(ssm.send(new DescribeInstanceInformationCommand(query)));
      return answer.InstanceInformationList?.[0]?.PingStatus === 'Online';
    },
    async send(instanceId, { action, bootId, minutes, comment }) {
      const command = new SendCommandCommand({
        DocumentName: document,
        InstanceIds: [instanceId],
        Comment: comment.slice(0, 100),
        TimeoutSeconds: DELIVERY_SECONDS,
        Parameters: {
          action: [action],
          ...(bootId !== '' && { bootId: [bootId] }),
          executionTimeout: [String(60 * minutes)],
        },
      });
      const answer = await awsCallUnless(['InvalidInstanceId'], ssm.send(command));
      return answer ? { commandId: answer.Command?.CommandId ?? '' } : 'unreachable';
    },
    async result(commandId, instanceId) {
      const { status, output, errors } = await ssmCommands(aws).result(commandId, instanceId);
      if (status === 'Pending' || status === 'InProgress' || status === 'Unknown')
        return { status: 'under-way', output, errors };
      if (status === 'Success') return { status: 'done', output, errors };
      const notRun = status === 'Failed' ? '' : `the command ended as ${status}`;
      return { status: 'failed', output, errors: errors || notRun };
    },
  };
}
