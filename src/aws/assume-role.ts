import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/**
 * Assumes a role; its credentials last an hour.
 *
 * @throws what {@link awsCall} throws
 */
export async function assumeRole(
  from: AwsAccess,
  roleArn: string,
  externalId?: string,
): Promise<AwsCredentialIdentity> {
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: 'tender',
    ...(externalId !== undefined && { ExternalId: externalId }),
  });
  const { Credentials } = await awsCall(from.client(STSClient).send(command));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    ...(Credentials?.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
    ...(Credentials?.Expiration !== undefined && { expiration: Credentials.Expiration }),
  };
}
