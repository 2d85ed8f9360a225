import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretUnusable } from '../clusters/errors.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/**
 * What a secret holds, as text.
 *
 * @throws SecretUnusable when it is not there or empty; what `awsCall` throws
 */
export async function secretText(aws: AwsAccess, secretArn: string): Promise<string> {
  const command = new GetSecretValueCommand({ SecretId: secretArn });
  const answer = await awsCallUnless(['ResourceNotFoundException'], aws.client(SecretsManagerClient).send(command));
  if (!answer) throw new SecretUnusable(secretArn, ['does not exist, in this account and region']);
  const text = answer.SecretString ?? (answer.SecretBinary && Buffer.from(answer.SecretBinary).toString('utf8'));
  if (text === undefined) throw new SecretUnusable(secretArn, ['is empty']);
  return text;
}
