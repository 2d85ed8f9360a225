import * as z from 'zod/mini';
import type { EvidenceStore } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Evidence = z.object({
  failuresInARow: z.number(),
  failed: z.array(z.object({ instanceId: z.string(), at: z.string(), why: z.string() })),
});

/** How joins went, as objects in the state bucket. */
export function s3EvidenceStore(aws: AwsAccess, bucket: string): EvidenceStore {
  const objects = s3JsonObjects(aws, bucket, Evidence);
  return {
    async read(key) {
      const found = await objects.read(key);
      return found && { evidence: found.value, etag: found.etag };
    },
    write: (key, { failuresInARow, failed }, etag) => objects.write(key, { failuresInARow, failed: [...failed] }, etag),
  };
}
