import * as z from 'zod/mini';
import type { UsedLinks } from '../answers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Use = z.object({ action: z.string(), subject: z.string(), by: z.string(), from: z.string(), at: z.string() });

/** Which links have been used: an object for each, written only when there is none. */
export function s3UsedLinks(aws: AwsAccess, bucket: string): UsedLinks {
  const objects = s3JsonObjects(aws, bucket, Use);
  const keyOf = (nonce: string) => `answers/${nonce}.json`;
  return {
    useOf: async (nonce) => (await objects.read(keyOf(nonce)))?.value,
    use: async (nonce, use) => ((await objects.write(keyOf(nonce), use, undefined)) === 'written' ? 'first' : 'again'),
    async giveBack(nonce) {
      const found = await objects.read(keyOf(nonce));
      if (found) await objects.delete(keyOf(nonce), found.etag);
    },
  };
}
