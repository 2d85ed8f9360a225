import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { NodeCommandResult, NodeCommands } from '../etcd/restore-ports.ts';
import type { CommandResult } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';
import { ssmCommands } from './ssm-commands.ts';

/** An agent that does not take a command for so long has gone. */
const DELIVERY_SECONDS = 90;

const STATUS: Readonly<Record<CommandResult['status'], NodeCommandResult['status']>> = {
  Pending: 'under-way',
  InProgress: 'under-way',
  Unknown: 'under-way',
  Success: 'done',
  Failed: 'failed',
  TimedOut: 'failed',
  Cancelled: 'failed',
  Undeliverable: 'not-delivered',
};

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
      const { status, output, errors } = await ssmCommands(aws).result(commandId, instanceId);
      return { status: STATUS[status], output, errors };
    },
  };
}
