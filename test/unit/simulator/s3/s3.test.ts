import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  NoSuchKey,
  NoSuchUpload,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Buckets } from '../../../../simulator/s3/buckets.ts';
import { s3Service } from '../../../../simulator/s3/service.ts';
import { account, awsWorld } from '../../../support/aws-world.ts';

const Bucket = 'snapshots';

function s3World() {
  const cloud = awsWorld();
  const buckets = new Buckets(cloud.world, account);
  cloud.dispatcher.register(s3Service({ buckets, keys: cloud.keys, authorizer: cloud.authorizer }));
  buckets.putBucket(Bucket, { versioning: 'Enabled' });
  return { ...cloud, buckets, s3: new S3Client(cloud.client) };
}

async function text(s3: S3Client, Key: string, more: object = {}): Promise<string | undefined> {
  const output = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return output.Body?.transformToString();
}

describe('objects', () => {
  it('come back with body, metadata, type, ETag and checksum', async () => {
    const { s3 } = s3World();

    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'a b/ü.txt',
        Body: 'hello',
        ContentType: 'text/plain',
        Metadata: { cluster: 'demo' },
      }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a b/ü.txt', ChecksumMode: 'ENABLED' }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a b/ü.txt' }));

    expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(put.ChecksumCRC32).toBe('NhCmhg==');
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { cluster: 'demo' },
      ETag: put.ETag,
      ChecksumCRC32: 'NhCmhg==',
      ServerSideEncryption: 'AES256',
    });
    expect(head).toMatchObject({ ContentLength: 5, ETag: put.ETag, VersionId: put.VersionId });
  });

  it('come with the aws-chunked framing and a trailing checksum when the body is a stream', async () => {
    const { s3, buckets } = s3World();
    const body = Readable.from([Buffer.from('streamed '), Buffer.from('content')]);

    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body, ContentLength: 16 }));

    expect(buckets.text(Bucket, 'k')).toBe('streamed content');
    expect(put.ChecksumCRC32).toBeDefined();
  });

  it('answer ranges in part, and refuse those that cannot be', async () => {
    const { s3 } = s3World();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '0123456789' }));

    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }));

    expect(part).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3, $metadata: { httpStatusCode: 206 } });
    expect(await part.Body?.transformToString()).toBe('234');
    expect(await text(s3, 'k', { Range: 'bytes=-3' })).toBe('789');
    await expect(text(s3, 'k', { Range: 'bytes=10-' })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });

  it('that do not exist are NoSuchKey to GET and NotFound to HEAD', async () => {
    const { s3 } = s3World();

    await expect(text(s3, 'none')).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(s3.send(new GetObjectCommand({ Bucket: 'other', Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });

  it('refuse a body that does not fit its checksum', async () => {
    const { s3 } = s3World();

    const put = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ChecksumSHA256: 'x'.repeat(43) }));

    await expect(put).rejects.toMatchObject({ name: 'BadDigest' });
  });

  it.each([
    // The check values of these algorithms for the text 123456789.
    ['CRC32', 'y/Q5Jg=='],
    ['CRC32C', '4waSgw=='],
    ['CRC64NVME', 'rosUhgp5mIg='],
    ['SHA256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
  ] as const)('are verified with %s', async (ChecksumAlgorithm, value) => {
    const { s3 } = s3World();

    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '123456789', ChecksumAlgorithm }));

    expect(put[`Checksum${ChecksumAlgorithm}`]).toBe(value);
  });

  it('keep their versions; a delete hides, a delete of a version removes', async () => {
    const { s3 } = s3World();
    const first = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '2' }));

    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));

    expect(marker).toMatchObject({ DeleteMarker: true });
    await expect(text(s3, 'k')).rejects.toBeInstanceOf(NoSuchKey);
    expect(await text(s3, 'k', { VersionId: first.VersionId })).toBe('1');
    expect(listed.DeleteMarkers).toMatchObject([{ Key: 'k', IsLatest: true, VersionId: marker.VersionId }]);
    expect(listed.Versions).toMatchObject([{ IsLatest: false }, { IsLatest: false, VersionId: first.VersionId }]);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    expect(await text(s3, 'k')).toBe('2');
  });

  it('are copied with their metadata and deleted by the list', async () => {
    const { s3, buckets } = s3World();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', Metadata: { m: '1' } }));

    await s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
    const deleted = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'none' }] } }),
    );

    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'b' }))).Metadata).toEqual({ m: '1' });
    expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['a', 'none']);
    expect(buckets.text(Bucket, 'a')).toBeUndefined();
  });
});

describe('conditional requests', () => {
  it('let only one of two writers create, and only the reader of the last version replace', async () => {
    const { s3, buckets } = s3World();
    const created = await s3.send(new PutObjectCommand({ Bucket, Key: 'lease', Body: '1', IfNoneMatch: '*' }));

    const again = s3.send(new PutObjectCommand({ Bucket, Key: 'lease', Body: '2', IfNoneMatch: '*' }));
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'lease', Body: '3', IfMatch: created.ETag }));
    const stale = s3.send(new PutObjectCommand({ Bucket, Key: 'lease', Body: '4', IfMatch: created.ETag }));

    await expect(stale).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(buckets.text(Bucket, 'lease')).toBe('3');
  });

  it('answer If-Match on a key that is gone with 404, and an unchanged read with 304', async () => {
    const { s3 } = s3World();
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));

    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'none', Body: '1', IfMatch: put.ETag })),
    ).rejects.toBeInstanceOf(NoSuchKey);
    await expect(text(s3, 'k', { IfNoneMatch: put.ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(text(s3, 'k', { IfMatch: '"other"' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  });

  it('need s3:GetObject beside s3:PutObject for If-Match', async () => {
    const { clientOf, s3 } = s3World();
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
    const writer = new S3Client(
      clientOf('writer', [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::snapshots/*' }]),
    );

    const write = writer.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '2', IfMatch: put.ETag }));

    await expect(write).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:sts::111111111111:assumed-role/writer/session is not authorized to perform: s3:GetObject on resource: ' +
        'arn:aws:s3:::snapshots/k because no identity-based policy allows the s3:GetObject action',
    });
  });
});

describe('multipart uploads', () => {
  const big = Buffer.alloc(5 * 1024 * 1024, 'a');

  async function started(s3: S3Client) {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'big', ChecksumAlgorithm: 'CRC32', Metadata: { m: '1' } }),
    );
    const part = (PartNumber: number, Body: Uint8Array) =>
      s3
        .send(new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body }))
        .then(({ ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 }));
    return { UploadId, part };
  }

  it('put parts together, with the ETag and the composite checksum of their number', async () => {
    const { s3 } = s3World();
    const { UploadId, part } = await started(s3);
    const Parts = [await part(1, big), await part(2, Buffer.from('tail'))];

    const listed = await s3.send(new ListPartsCommand({ Bucket, Key: 'big', UploadId }));
    const done = await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'big',
        UploadId,
        MultipartUpload: { Parts },
        IfNoneMatch: '*',
      }),
    );
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'big', ChecksumMode: 'ENABLED' }));

    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, big.length],
      [2, 4],
    ]);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(done.ChecksumCRC32).toMatch(/-2$/);
    expect(head).toMatchObject({ ContentLength: big.length + 4, Metadata: { m: '1' }, ChecksumType: 'COMPOSITE' });
    await expect(part(3, big)).rejects.toBeInstanceOf(NoSuchUpload);
  });

  it('refuse small parts, foreign ETags and parts out of order', async () => {
    const { s3 } = s3World();
    const { UploadId, part } = await started(s3);
    const [one, two] = [await part(1, Buffer.from('small')), await part(2, big)];
    const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }));

    await expect(complete(one, two)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete(two, one)).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete({ PartNumber: 1, ETag: '"x"' })).rejects.toMatchObject({ name: 'InvalidPart' });
  });

  it('compare the checksum of the whole object, where the upload keeps one', async () => {
    const { s3 } = s3World();
    const kept = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big', ...kept }));
    const { ETag } = await s3.send(
      new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 1, Body: 'tail' }),
    );
    const upload = { Bucket, Key: 'big', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    const complete = (ChecksumCRC32: string) =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, ChecksumCRC32, ChecksumType: 'FULL_OBJECT' }));

    await expect(complete('AAAAAA==')).rejects.toMatchObject({ name: 'BadDigest' });
    const done = await complete('fDe0XQ==');

    expect(done).toMatchObject({ ChecksumCRC32: 'fDe0XQ==', ChecksumType: 'FULL_OBJECT' });
  });

  it('are listed until they are aborted', async () => {
    const { s3 } = s3World();
    const { UploadId } = await started(s3);

    const before = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId }));
    const after = await s3.send(new ListMultipartUploadsCommand({ Bucket }));

    expect(before.Uploads).toMatchObject([{ Key: 'big', UploadId }]);
    expect(after.Uploads).toBeUndefined();
  });
});

describe('lists', () => {
  it('page through keys in byte order, with prefix and delimiter', async () => {
    const { s3 } = s3World();
    for (const Key of ['a/1', 'a/2', 'b', 'c/1', 'Z']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

    const first = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2 }));
    const second = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 9, ContinuationToken: first.NextContinuationToken }),
    );
    const within = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', StartAfter: 'a/1' }));

    expect([first.Contents?.map(({ Key }) => Key), first.CommonPrefixes, first.IsTruncated]).toEqual([
      ['Z'],
      [{ Prefix: 'a/' }],
      true,
    ]);
    expect([second.Contents?.map(({ Key }) => Key), second.CommonPrefixes, second.KeyCount]).toEqual([
      ['b'],
      [{ Prefix: 'c/' }],
      2,
    ]);
    expect(within.Contents?.map(({ Key }) => Key)).toEqual(['a/2']);
  });

  it('name the buckets', async () => {
    const { s3 } = s3World();
    await s3.send(new CreateBucketCommand({ Bucket: 'another' }));

    const listed = await s3.send(new ListBucketsCommand({}));

    expect(listed.Buckets?.map(({ Name }) => Name)).toEqual(['another', Bucket]);
    await s3.send(new HeadBucketCommand({ Bucket: 'another' }));
  });
});

describe('settings of a bucket', () => {
  it('come back as they were put, and are refused where nothing would come of them', async () => {
    const { s3 } = s3World();
    const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'a/' }, Expiration: { Days: 30 } }];
    const NotificationConfiguration = { EventBridgeConfiguration: {} };

    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }));
    const notify = s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));

    expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual(Rules);
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'k', Value: 'v' }]);
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    await expect(notify).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

describe('protection', () => {
  it('lets a bucket policy refuse plain uploads, even to the operator', async () => {
    const { s3, buckets } = s3World();
    buckets.putBucket(Bucket, {
      policy: {
        Statement: {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::snapshots/*',
          Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
        },
      },
    });

    const encrypted = await s3.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ServerSideEncryption: 'aws:kms' }),
    );
    const plain = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));

    expect(encrypted).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: expect.stringMatching(/^arn:aws:kms:/),
    });
    await expect(plain).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('explicit deny in a resource-based policy'),
    });
  });

  it('asks for the key where the bucket encrypts with one', async () => {
    const { buckets, keys, clientOf } = s3World();
    const key = keys.createKey();
    buckets.putBucket(Bucket, { encryption: { algorithm: 'aws:kms', keyId: key.arn, bucketKey: true } });
    const write = { Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject'], Resource: '*' } as const;
    const generate = {
      Effect: 'Allow',
      Action: 'kms:GenerateDataKey',
      Resource: key.arn,
      Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
    } as const;
    const blind = new S3Client(clientOf('without-key', [write]));
    const writer = new S3Client(clientOf('with-key', [write, generate]));

    await expect(blind.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:GenerateDataKey'),
    });
    await writer.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(text(writer, 'k')).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:Decrypt'),
    });
  });

  it('does not tell who may not list whether a key exists', async () => {
    const { clientOf } = s3World();
    const reader = new S3Client(clientOf('reader', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]));

    await expect(text(reader, 'none')).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('keeps a locked version until its time', async () => {
    const { s3, buckets, world } = s3World();
    buckets.putBucket('locked', { objectLock: { mode: 'GOVERNANCE', days: 1 } });
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'x' }));
    const remove = () => s3.send(new DeleteObjectCommand({ Bucket: 'locked', Key: 'k', VersionId }));

    await expect(remove()).rejects.toMatchObject({ name: 'AccessDenied' });
    await world.advance(86_400_000);

    expect((await remove()).VersionId).toBe(VersionId);
  });
});
