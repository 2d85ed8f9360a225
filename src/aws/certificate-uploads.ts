import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CertificateUploads } from '../nodes/turn-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';
import { ssmCommands } from './ssm-commands.ts';

/** A node whose agent does not take the command by then is not waited for. */
const DELIVERY_SECONDS = 60;

/**
 * Uploads of the control plane's certificates by Run Command.
 * @param documentName deploy/ssm-documents/upload-certificates.yaml, as the stack calls it
 */
export function certificateUploads(aws: AwsAccess, documentName: string): CertificateUploads {
  const ssm = aws.client(SSMClient);
  const { result } = ssmCommands(aws);
  return {
    result,
    async send(instanceId, parameterName) {
      const command = new SendCommandCommand({
        DocumentName: documentName,
        InstanceIds: [instanceId],
        Parameters: { parameterName: [parameterName] },
        Comment: 'Tender has the certificates of a control plane uploaded',
        TimeoutSeconds: DELIVERY_SECONDS,
      });
      return (await awsCallUnless(['InvalidInstanceId'], ssm.send(command)))?.Command?.CommandId;
    },
  };
}
