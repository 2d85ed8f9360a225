import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import type { BuildMiddleware } from '@smithy/types';
import * as z from 'zod/mini';
import { canaryKey, parseSnapshotKey, snapshotKey, snapshotPrefix } from '../etcd/names.ts';
import type { SnapshotStore, SnapshotUpload } from '../etcd/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';
import { sendCanary } from './snapshot-canary.ts';

const Record = z.object({
  cluster: z.string(),
  id: z.string(),
  takenAt: z.string(),
  etcd: z.object({
    clusterId: z.string(),
    memberId: z.string(),
    url: z.string(),
    version: z.string(),
    alarms: z.array(z.string()),
  }),
  kubernetes: z.optional(z.object({ version: z.optional(z.string()), encryption: z.optional(z.string()) })),
  revision: z.object({ before: z.number(), after: z.number() }),
  database: z.object({ bytes: z.number(), sha256: z.string() }),
  stored: z.object({ bytes: z.number(), crc32: z.string(), compression: z.literal('zstd') }),
  seconds: z.number(),
});

/** A part of 8 MiB takes a second or less; a connection that stalls is given up, and the part sent again. */
const PART_TIMEOUT = { requestTimeout: 30_000 };

/**
 * Snapshots as objects `etcd/<cluster>/<id>.db.zst` of a bucket, each with its record `<id>.json`, encrypted under a key of KMS.
 *
 * A multipart upload of our own rather than lib-storage's: that one completes an object when its stream ends, and here
 * somebody has to agree between the last part and that.
 */
export function s3SnapshotStore(aws: AwsAccess, bucket: string, kmsKeyArn: string): SnapshotStore {
  const s3 = aws.client(S3Client);
  const records = s3JsonObjects(aws, bucket, Record);
  const at = (cluster: string, id: string) => ({ Bucket: bucket, Key: snapshotKey(cluster, id, 'snapshot') });
  return {
    async list(cluster) {
      const query = { Bucket: bucket, Prefix: snapshotPrefix(cluster) };
      const pages = await allPages(paginateListObjectsV2({ client: s3 }, query));
      return pages.flatMap(({ Contents = [] }) =>
        Contents.flatMap(({ Key = '', LastModified }) => {
          const parsed = parseSnapshotKey(cluster, Key);
          return parsed && LastModified ? { ...parsed, storedAt: LastModified } : [];
        }),
      );
    },
    async begin(cluster, id) {
      const place = at(cluster, id);
      const command = new CreateMultipartUploadCommand({
        ...place,
        ContentType: 'application/zstd',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: kmsKeyArn,
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      });
      const { UploadId = '' } = await awsCall(s3.send(command));
      return multipart(s3, { ...place, UploadId });
    },
    async look(cluster, id) {
      const command = new HeadObjectCommand({ ...at(cluster, id), ChecksumMode: 'ENABLED' });
      const head = await awsCallUnless(['NotFound', 'NoSuchKey'], s3.send(command));
      return (
        head && {
          bytes: head.ContentLength ?? 0,
          crc32: Buffer.from(head.ChecksumCRC32 ?? '', 'base64').toString('hex'),
          encryption: head.ServerSideEncryption ?? 'nothing',
        }
      );
    },
    async read(cluster, id, from, to) {
      const command = new GetObjectCommand({ ...at(cluster, id), Range: `bytes=${from}-${to}` });
      const { Body } = await awsCall(s3.send(command));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async record(cluster, id) {
      return (await records.read(snapshotKey(cluster, id, 'record')))?.value;
    },
    async addRecord(record) {
      const { etcd } = record;
      const value = { ...record, etcd: { ...etcd, alarms: [...etcd.alarms] } };
      await records.write(snapshotKey(record.cluster, record.id, 'record'), value, undefined);
    },
    async remove(cluster, id, kind) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: snapshotKey(cluster, id, kind) });
      await awsCallUnless(['NoSuchKey', 'NotFound'], s3.send(command));
    },
    sendCanary: (cluster, text) => sendCanary(s3, { bucket, key: canaryKey(cluster), kmsKeyArn }, text),
    async proveRemoval(cluster) {
      await awsCall(s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: canaryKey(cluster) })));
    },
    async abortUploads(cluster, before) {
      const query = { Bucket: bucket, Prefix: snapshotPrefix(cluster) };
      const { Uploads = [] } = await awsCall(s3.send(new ListMultipartUploadsCommand(query)));
      const old = Uploads.filter(({ Initiated }) => Initiated !== undefined && Initiated < before);
      for (const { Key, UploadId = '' } of old)
        await multipart(s3, { Bucket: bucket, Key: Key ?? '', UploadId }).abort();
      return old.length;
    },
  };
}

function multipart(
  s3: S3Client,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
): SnapshotUpload {
  const parts = new Map<number, { readonly ETag: string | undefined; readonly ChecksumCRC32: string }>();
  return {
    async part(number, bytes) {
      const ChecksumCRC32 = base64(crc32(bytes).toString(16).padStart(8, '0'));
      const command = new UploadPartCommand({ ...upload, PartNumber: number, Body: bytes, ChecksumCRC32 });
      command.middlewareStack.add(withoutPayloadHash, { step: 'build', name: 'withoutPayloadHash' });
      const { ETag } = await awsCall(s3.send(command, PART_TIMEOUT));
      parts.set(number, { ETag, ChecksumCRC32 });
    },
    async complete(checksum) {
      const Parts = [...parts].sort(([a], [b]) => a - b).map(([PartNumber, part]) => ({ PartNumber, ...part }));
      const command = new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts },
        ChecksumCRC32: base64(checksum),
        ChecksumType: 'FULL_OBJECT',
        IfNoneMatch: '*', // an id is used once
      });
      // An upload that is gone was completed by an attempt whose answer was lost; reading back tells whether it was.
      await awsCallUnless(['NoSuchUpload'], s3.send(command, PART_TIMEOUT));
    },
    async abort() {
      await awsCallUnless(['NoSuchUpload'], s3.send(new AbortMultipartUploadCommand(upload)));
    },
  };
}

/**
 * Signs no SHA-256 of the body: TLS and the part's CRC-32 watch over it already, and the hash takes as long as compressing does.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const withoutPayloadHash: BuildMiddleware<UploadPartCommandInput, UploadPartCommandOutput> = (next) => (args) => {
  if (HttpRequest.isInstance(args.request)) args.request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
  return next(args);
};

function base64(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64');
}
