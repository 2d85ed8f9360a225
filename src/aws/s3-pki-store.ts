import * as z from 'zod/mini';
import { parsePkiKey, pkiKey, pkiLookKey, pkiPrefix } from '../etcd/names.ts';
import type { PkiStore } from '../etcd/pki-ports.ts';
import type { AwsAccess } from './aws-access.ts';
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
