import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { restoreKey } from '../etcd/names.ts';
import type { RestoreJournal } from '../etcd/restore-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const list = z.array(z.string());

const Restore = z.object({
  cluster: z.string(),
  id: z.string(),
  previousId: z.optional(z.string()),
  takenOverFrom: z.optional(z.readonly(z.array(z.string()))),
  state: z.enum(['under-way', 'done']),
  owner: z.string(),
  begunAt: z.string(),
  approval: z.object({ by: z.string(), at: z.string() }),
  snapshot: z.object({
    id: z.string(),
    takenAt: z.string(),
    etcdClusterId: z.string(),
    revision: z.number(),
    sha256: z.string(),
    databaseBytes: z.number(),
  }),
  bumpRevision: z.number(),
  first: z.string(),
  nodes: z.array(z.object({ instanceId: z.string(), name: z.string(), peerUrl: z.string() })),
  stopped: list,
  suspended: z.record(z.string(), list),
  etcdClusterIds: list,
  note: z.optional(z.string()),
});

/** Restores as objects `restores/<cluster>.json` in the state bucket; earlier ones are its versions. */
export function s3RestoreJournal(aws: AwsAccess, bucket: string): RestoreJournal {
  const objects = s3JsonObjects(aws, bucket, Restore);
  return {
    async read(cluster) {
      const found = await objects.read(restoreKey(cluster));
      return found && { restore: found.value, etag: found.etag };
    },
    async write(restore, etag) {
      const key = restoreKey(restore.cluster);
      const value = z.parse(Restore, restore);
      if ((await objects.write(key, value, etag)) === 'written') return 'written';
      // An answer may be lost, and the SDK write again: what is there is our own then. It names its owner, so nobody else writes the same.
      const there = await objects.read(key);
      return isDeepStrictEqual(there?.value, z.parse(Restore, JSON.parse(JSON.stringify(value))))
        ? 'written'
        : 'conflict';
    },
  };
}
