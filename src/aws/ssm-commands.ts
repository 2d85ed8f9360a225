import { GetCommandInvocationCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CommandResult, Commands } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** What SSM Run Command says became of commands. */
export function ssmCommands(aws: AwsAccess): Commands {
  const ssm = aws.client(SSMClient);
  return {
    async result(commandId, instanceId) {
      const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId });
      const answer = await awsCallUnless(['InvocationDoesNotExist'], ssm.send(command));
      if (!answer) return { status: 'Unknown', output: '', errors: '' };
      return {
        status: statusOf(answer.Status, answer.StatusDetails),
        output: answer.StandardOutputContent ?? '',
        errors: answer.StandardErrorContent ?? '',
      };
    },
  };
}

// docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html: the status is coarse, the details say why.
function statusOf(status = '', details = ''): CommandResult['status'] {
  if (/^(Undeliverable|Delivery ?Timed ?Out)$/.test(details)) return 'Undeliverable';
  switch (status) {
    case 'InProgress':
    case 'Success':
    case 'Failed':
    case 'TimedOut':
    case 'Cancelled':
    case 'Pending':
      return status;
    case 'Delayed':
      return 'Pending';
    case 'Cancelling':
      return 'InProgress';
    default:
      return 'Unknown';
  }
}
