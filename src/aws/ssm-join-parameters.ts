import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { JoinParameters } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/**
 * Join configurations in SecureString parameters.
 *
 * @param keyId the KMS key that encrypts them; default: the account's key for SSM
 */
export function ssmJoinParameters(aws: AwsAccess, keyId?: string): JoinParameters {
  const ssm = aws.client(SSMClient);
  return {
    async read(name) {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      return (await awsCallUnless(['ParameterNotFound'], ssm.send(command)))?.Parameter?.Value;
    },
    async create(name, text, tags) {
      // Without Overwrite: only then does PutParameter take tags, and the tag is what guards the parameter (S41).
      const command = new PutParameterCommand({
        Name: name,
        Value: text,
        Type: 'SecureString',
        // An account whose default is another tier would need more permissions, and pay.
        Tier: 'Standard',
        ...(keyId !== undefined && { KeyId: keyId }),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      });
      return (await awsCallUnless(['ParameterAlreadyExists'], ssm.send(command))) ? 'created' : 'exists';
    },
    async delete(name) {
      await awsCallUnless(['ParameterNotFound'], ssm.send(new DeleteParameterCommand({ Name: name })));
    },
  };
}
