import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { kmsService } from '../../../../simulator/kms/service.ts';
import { account, awsWorld } from '../../../support/aws-world.ts';

function kmsWorld() {
  const cloud = awsWorld();
  cloud.dispatcher.register(kmsService(cloud.world, cloud.keys));
  return { ...cloud, kms: new KMSClient(cloud.client) };
}

it('decrypts what it encrypted, and only with the same encryption context', async () => {
  const { kms } = kmsWorld();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const plaintext = new TextEncoder().encode('secret');
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: plaintext, EncryptionContext: { a: '1' } }),
  );

  const back = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '1' } }));
  const other = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '2' } }));

  expect(new TextDecoder().decode(back.Plaintext)).toBe('secret');
  expect(back.KeyId).toBe(KeyMetadata?.Arn);
  await expect(other).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
});

it('lets a key policy alone, or key policy and IAM policy together, decide', async () => {
  const { keys, clientOf } = kmsWorld();
  const delegating = keys.createKey();
  const own = keys.createKey({
    policy: {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:role/named` },
        Action: 'kms:*',
        Resource: '*',
      },
    },
  });
  const generate = { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: '*' } as const;
  const named = new KMSClient(clientOf('named', []));
  const allowed = new KMSClient(clientOf('allowed', [generate]));
  const dataKey = (client: KMSClient, KeyId: string) =>
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));

  expect((await dataKey(named, own.arn)).Plaintext).toHaveLength(32);
  expect((await dataKey(allowed, delegating.arn)).KeyId).toBe(delegating.arn);
  await expect(dataKey(named, delegating.arn)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('no identity-based policy'),
  });
  await expect(dataKey(allowed, own.arn)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('no resource-based policy'),
  });
});

it('does not know keys that nobody made', async () => {
  const { kms } = kmsWorld();

  await expect(kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' }))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: expect.stringContaining('alias/none'),
  });
});
