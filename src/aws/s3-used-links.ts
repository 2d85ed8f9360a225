import * as z from 'zod/mini';
import type { KnownUse, UsedLinks } from '../answers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { AwsUnavailable } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Use = z.object({
  id: z.string(),
  action: z.string(),
  subject: z.string(),
  by: z.string(),
  from: z.string(),
  at: z.string(),
  state: z.enum(['begun', 'open', 'done']),
});

/** Which links have been used: an object for each, written only where it is as it was read. `lost` hears of ends that could not be written. */
export function s3UsedLinks(aws: AwsAccess, bucket: string, lost: (error: unknown) => void): UsedLinks {
  const objects = s3JsonObjects(aws, bucket, Use);
  const keyOf = (nonce: string) => `answers/${nonce}.json`;
  return {
    useOf: async (nonce) => (await objects.read(keyOf(nonce)))?.value,
    async begin(nonce, use, last) {
      const begun: KnownUse = { ...use, state: 'begun' };
      const found = last && (await objects.read(keyOf(nonce)));
      if (found && !isSame(found.value, last)) return found.value;
      if ((await objects.write(keyOf(nonce), begun, found?.etag)) === 'written') return begun;
      // Where S3 took it and its answer was lost, the one in the way is our own.
      const there = await objects.read(keyOf(nonce));
      if (there) return there.value;
      throw new AwsUnavailable(`s3://${bucket}/${keyOf(nonce)} is being written at this moment`);
    },
    async end(nonce, use, state) {
      try {
        const found = await objects.read(keyOf(nonce));
        if (found?.value.id === use.id) await objects.write(keyOf(nonce), { ...use, state }, found.etag);
      } catch (error) {
        lost(error);
      }
    },
  };
}

const isSame = (one: KnownUse, other: KnownUse): boolean => one.id === other.id && one.state === other.state;
