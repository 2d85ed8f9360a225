import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { SnapshotStoreUnfit } from '../etcd/errors.ts';
import { awsCall } from './errors.ts';

/** Where a canary is put, and the key that encrypts it. */
export interface CanaryPlace {
  readonly bucket: string;
  readonly key: string;
  readonly kmsKeyArn: string;
}

/**
 * Puts an object, lists it, reads it back and deletes it, as a snapshot is (S26): what is not allowed, or not as it was written, is known before anything is read of etcd. What a permission
 * is missing for, AWS's own error says.
 *
 * @throws SnapshotStoreUnfit, AwsAccessDenied, AwsUnavailable, AwsThrottled
 */
export async function sendCanary(
  s3: S3Client,
  { bucket: Bucket, key: Key, kmsKeyArn }: CanaryPlace,
  text: string,
): Promise<void> {
  const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn } as const;
  await awsCall(s3.send(new PutObjectCommand({ Bucket, Key, Body: text, ContentType: 'text/plain', ...encrypted })));
  const { Contents = [] } = await awsCall(s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key })));
  const got = await awsCall(s3.send(new GetObjectCommand({ Bucket, Key })));
  const wrong = [
    ...(Contents.some((one) => one.Key === Key) ? [] : ['it is not listed']),
    ...((await got.Body?.transformToString()) === text ? [] : ['it does not come back as it was written']),
    ...(got.ServerSideEncryption === 'aws:kms'
      ? []
      : [`it is encrypted with ${got.ServerSideEncryption ?? 'nothing'}, not with aws:kms`]),
  ];
  // That nothing may be removed keeps nobody from taking a snapshot: pruning tells it, which has to remove by its own role.
  await s3.send(new DeleteObjectCommand({ Bucket, Key })).catch(() => undefined);
  if (wrong.length > 0) throw new SnapshotStoreUnfit(`s3://${Bucket}/${Key}`, wrong);
}
