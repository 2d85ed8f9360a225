import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../support/source-files.ts';

type Resources = Readonly<Record<string, { readonly Type?: string; readonly Properties: Record<string, unknown> }>>;
const stackOf = createRequire(import.meta.url)(join(root, 'deploy/stack/replication.cjs')) as (serverless: {
  resolveVariable: (name: string) => Promise<string | undefined>;
}) => Promise<{ readonly Resources?: Resources }>;

const withParams = (params: Readonly<Record<string, string>>) =>
  stackOf({ resolveVariable: async (name) => params[name.replace('param:', '')] });
const bucket = 'arn:aws:s3:::copies';
const key = 'arn:aws:kms:eu-west-1:111111111111:key/k';

test('nothing is copied where no bucket is named', async () => {
  expect(await withParams({})).toEqual({});
});

test('a bucket without a key, or a key without a bucket, is refused by name', async () => {
  await expect(withParams({ replicaBucketArn: bucket })).rejects.toThrow(
    'replicaBucketArn and replicaKeyArn belong together',
  );
  await expect(withParams({ replicaKeyArn: key })).rejects.toThrow('belong together');
});

test('S3 copies everything under the key there, removes nothing there, and refers to no bucket before it is made', async () => {
  const { Resources = {} } = await withParams({ replicaBucketArn: bucket, replicaKeyArn: key });
  const text = JSON.stringify(Resources.SnapshotBucket);

  expect(text).toContain('"DeleteMarkerReplication":{"Status":"Disabled"}');
  expect(text).toContain(`"ReplicaKmsKeyID":"${key}"`);
  expect(text).not.toContain('AccessControlTranslation');
  expect(JSON.stringify(Resources.ReplicationRole)).not.toContain('SnapshotBucket');
  expect(JSON.stringify(Resources.ReplicationPolicy)).toContain('ReplicateObject');
});

test('in another account the copies are that account’s', async () => {
  const { Resources } = await withParams({
    replicaBucketArn: bucket,
    replicaKeyArn: key,
    replicaAccountId: '222222222222',
  });

  expect(JSON.stringify(Resources)).toContain(
    '"Account":"222222222222","AccessControlTranslation":{"Owner":"Destination"}',
  );
});
