import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { parsePkiKey, pkiKey, pkiLookKey, pkiPrefix } from '../etcd/names.ts';
import type { PkiShelf, PkiStore } from '../etcd/pki-ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const Backup = z.object({
  cluster: z.string(),
  id: z.string(),
  takenAt: z.string(),
  fingerprint: z.string(),
  instanceId: z.string(),
  files: z.array(z.string()),
  absent: z.array(z.string()),
  key: z.string(),
  data: z.string(),
});

const Look = z.object({ at: z.string(), fingerprint: z.string() });

/** Backups of PKI as objects `pki/<cluster>/<id>.json` of a bucket, and beside them when somebody last looked. */
export function s3PkiStore(aws: AwsAccess, bucket: string): PkiStore {
  const backups = s3JsonObjects(aws, bucket, Backup);
  const looks = s3JsonObjects(aws, bucket, Look);
  return {
    async newest(cluster) {
      // Ids sort by time.
      const ids = (await backups.keys(pkiPrefix(cluster))).flatMap((key) => parsePkiKey(cluster, key) ?? []);
      const last = ids.sort().at(-1);
      return last === undefined ? undefined : (await backups.read(pkiKey(cluster, last)))?.value;
    },
    async add(backup) {
      await putJson(aws, bucket, pkiKey(backup.cluster, backup.id), backup);
    },
    async lastLook(cluster) {
      return (await looks.read(pkiLookKey(cluster)))?.value;
    },
    async noteLook(cluster, look) {
      await putJson(aws, bucket, pkiLookKey(cluster), look);
    },
  };
}

/** The same backups, to be listed and removed; what is removed stays as a version until the bucket's lifecycle forgets it. */
export function s3PkiShelf(aws: AwsAccess, bucket: string): PkiShelf {
  const s3 = aws.client(S3Client);
  return {
    async list(cluster) {
      const query = { Bucket: bucket, Prefix: pkiPrefix(cluster) };
      const pages = await allPages(paginateListObjectsV2({ client: s3 }, query));
      return pages.flatMap(({ Contents = [] }) =>
        Contents.flatMap(({ Key = '', LastModified }) => {
          const id = parsePkiKey(cluster, Key);
          return id !== undefined && LastModified ? [{ id, storedAt: LastModified }] : [];
        }),
      );
    },
    async remove(cluster, id) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: pkiKey(cluster, id) });
      await awsCallUnless(['NoSuchKey', 'NotFound'], s3.send(command));
    },
  };
}
