import { DecryptCommand, GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { PkiKey } from '../etcd/pki-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** A key pair of KMS, whose private half never leaves it. */
export function kmsPkiKey(aws: AwsAccess, keyArn: string): PkiKey {
  const kms = aws.client(KMSClient);
  return {
    async publicKey() {
      const { PublicKey = new Uint8Array() } = await awsCall(kms.send(new GetPublicKeyCommand({ KeyId: keyArn })));
      return Buffer.from(PublicKey).toString('base64');
    },
    async unwrap(wrapped) {
      const command = new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: wrapped,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      });
      return (await awsCall(kms.send(command))).Plaintext ?? new Uint8Array();
    },
  };
}
