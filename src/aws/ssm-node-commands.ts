import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { NodeCommandResult, NodeCommands } from '../etcd/restore-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

/** An agent that does not take a command for so long has gone. */
const DELIVERY_SECONDS = 90;

/** Our documents for control-plane nodes, by Run Command. */
export function ssmNodeCommands(
  aws: AwsAccess,
  documents: Readonly<Record<'inspect' | 'restore', string>>,
): NodeCommands {
  const ssm = aws.client(SSMClient);
  return {
    async send(document, instanceId, parameters) {
      const command = new SendCommandCommand({
        DocumentName: documents[document],
        InstanceIds: [instanceId],
        Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
        Comment: `Tender: ${parameters.step ?? document}, restore ${parameters.restoreId}`.slice(0, 100),
        TimeoutSeconds: DELIVERY_SECONDS,
      });
      return (await awsCall(ssm.send(command))).Command?.CommandId ?? '';
    },
    async result(commandId, instanceId) {
      const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId });
      const answer = await awsCallUnless(['InvocationDoesNotExist'], ssm.send(command));
      return {
        status: statusOf(answer?.Status, answer?.StatusDetails),
        output: answer?.StandardOutputContent ?? '',
        errors: answer?.StandardErrorContent ?? '',
      };
    },
  };
}

// docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html: the status is coarse, the details say why.
function statusOf(status = 'Pending', details = ''): NodeCommandResult['status'] {
  const detail = details.replaceAll(' ', '');
  if (detail === 'Undeliverable' || detail === 'DeliveryTimedOut') return 'not-delivered';
  if (status === 'Success') return 'done';
  return ['Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(status) ? 'under-way' : 'failed';
}
