import * as z from 'zod/mini';
import { adoptionKey } from '../adoption/names.ts';
import type { AdoptionRecord, AdoptionRecords } from '../adoption/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const Record = z.object({
  cluster: z.string(),
  begunAt: z.string(),
  uid: z.optional(z.string()),
  changes: z.array(z.object({ thing: z.looseObject({ kind: z.string() }), before: z.json(), after: z.json() })),
});

/** Records of adoptions as objects `adoptions/<cluster>.json` of the state bucket. One person adopts a cluster at a time. */
export function s3AdoptionRecords(home: AwsAccess, bucket: string): AdoptionRecords {
  const objects = s3JsonObjects(home, bucket, Record);
  return {
    // Only this program writes there, and what it wrote are things.
    read: async (cluster) => (await objects.read(adoptionKey(cluster)))?.value as AdoptionRecord | undefined,
    write: async (record) => void (await putJson(home, bucket, adoptionKey(record.cluster), record)),
    async delete(cluster) {
      const found = await objects.read(adoptionKey(cluster));
      if (found) await objects.delete(adoptionKey(cluster), found.etag);
    },
  };
}
