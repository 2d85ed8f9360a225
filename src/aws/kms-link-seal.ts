import { GenerateMacCommand, KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { LinkSeal } from '../answers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

const ALGORITHM = { MacAlgorithm: 'HMAC_SHA_256' } as const;

/** An HMAC key of KMS, which never leaves it. */
export function kmsLinkSeal(aws: AwsAccess, keyArn: string): LinkSeal {
  const kms = aws.client(KMSClient);
  const asked = (text: string) => ({ ...ALGORITHM, KeyId: keyArn, Message: Buffer.from(text) });
  return {
    async seal(text) {
      const { Mac = new Uint8Array() } = await awsCall(kms.send(new GenerateMacCommand(asked(text))));
      return Buffer.from(Mac).toString('base64url');
    },
    async isGenuine(text, mac) {
      const command = new VerifyMacCommand({ ...asked(text), Mac: Buffer.from(mac, 'base64url') });
      // KMS does not say no: it fails.
      const answer = await awsCallUnless(['KMSInvalidMacException'], kms.send(command));
      return answer?.MacValid === true;
    },
  };
}
