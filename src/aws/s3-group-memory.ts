import * as z from 'zod/mini';
import { groupMemoryKey } from '../signals/names.ts';
import type { GroupMemory } from '../signals/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const MEMORY_LIVES_MS = 15 * 60_000;
const Remembered = z.object({ tags: z.record(z.string(), z.string()), at: z.iso.datetime() });

/** Remembers groups' tags in the state bucket for a quarter of an hour. Whoever writes last is right: all have just looked. */
export function s3GroupMemory(aws: AwsAccess, bucket: string): GroupMemory {
  const objects = s3JsonObjects(aws, bucket, Remembered);
  return {
    async recall(place, groupName) {
      // It is only a copy of what Auto Scaling knows, and that can be asked. Where there is none S3 answers 403 to whoever may not list.
      const found = await objects.read(groupMemoryKey(place, groupName)).catch(() => undefined);
      return found && Date.now() - Date.parse(found.value.at) < MEMORY_LIVES_MS ? found.value.tags : undefined;
    },
    async remember(place, groupName, tags) {
      const memory = { tags, at: new Date().toISOString() };
      await putJson(aws, bucket, groupMemoryKey(place, groupName), memory).catch(() => undefined);
    },
  };
}
