import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { Secrets } from '../../../../simulator/secretsmanager/secrets.ts';
import { secretsManagerService } from '../../../../simulator/secretsmanager/service.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

function secretsWorld() {
  const cloud = awsWorld();
  const secrets = new Secrets(cloud.world, region, account);
  cloud.dispatcher.register(secretsManagerService(secrets, cloud.keys));
  return { ...cloud, secrets, client: new SecretsManagerClient(cloud.client) };
}

it('keeps the current and the previous version apart', async () => {
  const { client } = secretsWorld();
  const { ARN, VersionId: first } = await client.send(
    new CreateSecretCommand({ Name: 'kube/token', SecretString: 'one' }),
  );

  const put = await client.send(new PutSecretValueCommand({ SecretId: 'kube/token', SecretString: 'two' }));
  const current = await client.send(new GetSecretValueCommand({ SecretId: ARN }));
  const previous = await client.send(
    new GetSecretValueCommand({ SecretId: ARN?.slice(0, -7), VersionStage: 'AWSPREVIOUS' }),
  );
  const described = await client.send(new DescribeSecretCommand({ SecretId: ARN }));

  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:111111111111:secret:kube\/token-[0-9a-f]{6}$/);
  expect(current).toMatchObject({ SecretString: 'two', VersionId: put.VersionId, VersionStages: ['AWSCURRENT'] });
  expect(previous).toMatchObject({ SecretString: 'one', VersionId: first });
  expect(described.VersionIdsToStages).toEqual({
    [put.VersionId ?? '']: ['AWSCURRENT'],
    [first ?? '']: ['AWSPREVIOUS'],
  });
});

it('carries binary values, and takes the same token twice only for the same value', async () => {
  const { client } = secretsWorld();
  const token = 'a'.repeat(32);
  await client.send(
    new CreateSecretCommand({ Name: 's', SecretBinary: Uint8Array.of(0, 255), ClientRequestToken: token }),
  );

  const again = client.send(
    new UpdateSecretCommand({ SecretId: 's', SecretBinary: Uint8Array.of(0, 255), ClientRequestToken: token }),
  );
  const other = client.send(
    new UpdateSecretCommand({ SecretId: 's', SecretBinary: Uint8Array.of(1), ClientRequestToken: token }),
  );

  expect((await again).VersionId).toBe(token);
  await expect(other).rejects.toMatchObject({ name: 'ResourceExistsException' });
  expect([...((await client.send(new GetSecretValueCommand({ SecretId: 's' }))).SecretBinary ?? [])]).toEqual([0, 255]);
});

it('hides a secret that waits for its deletion, and forgets it afterwards', async () => {
  const { client, world } = secretsWorld();
  await client.send(new CreateSecretCommand({ Name: 's', SecretString: 'x' }));
  await client.send(new DeleteSecretCommand({ SecretId: 's', RecoveryWindowInDays: 7 }));

  const read = () => client.send(new GetSecretValueCommand({ SecretId: 's' }));

  await expect(read()).rejects.toMatchObject({ name: 'InvalidRequestException' });
  expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  await world.advance(7 * 86_400_000);
  await expect(read()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  });
});

it('gives a value only to who may use the secret and its key', async () => {
  const { client, clientOf, keys, secrets } = secretsWorld();
  const key = keys.createKey();
  await client.send(
    new CreateSecretCommand({
      Name: 's',
      SecretString: 'x',
      KmsKeyId: key.arn,
      Tags: [{ Key: 'cluster', Value: 'demo' }],
    }),
  );
  const onTag = { StringEquals: { 'secretsmanager:ResourceTag/cluster': 'demo' } };
  const read = {
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: secrets.get('s').arn,
    Condition: onTag,
  } as const;
  const decrypt = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key.arn } as const;
  const as = (name: string, ...statements: (typeof read | typeof decrypt)[]) =>
    new SecretsManagerClient(clientOf(name, statements)).send(new GetSecretValueCommand({ SecretId: 's' }));

  await expect(as('neither')).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('secretsmanager:GetSecretValue'),
  });
  await expect(as('no-key', read)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'Access to KMS is not allowed',
  });
  expect((await as('both', read, decrypt)).SecretString).toBe('x');
});
