import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AwsAccess } from './aws-access.ts';
import { AwsAccessDenied, awsCall } from './errors.ts';

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
  const { Credentials } = await awsCall(from.client(STSClient).send(command)).catch(sayWhatToCompare);
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    ...(Credentials?.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
    ...(Credentials?.Expiration !== undefined && { expiration: Credentials.Expiration }),
  };
}

// AWS says the same of a role that does not exist, does not trust the caller, or asks for another external id.
function sayWhatToCompare(error: unknown): never {
  if (!(error instanceof AwsAccessDenied)) throw error;
  const advice =
    "compare the role's name, trust policy and external id with aws.roleArn and aws.externalId of the registry entry";
  throw new AwsAccessDenied(`${error.message}: ${advice}`, { cause: error });
}
