import * as z from 'zod/mini';
import { entryMattersKey } from '../clusters/names.ts';
import type { EntryMattersStore } from '../clusters/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { matterList } from './matter-form.ts';
import { pageFields } from './page-form.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Told = z.object({
  matters: matterList,
  unsent: z.readonly(z.array(z.object(pageFields))),
  sendingSince: z._default(z.string(), ''),
});

/** What people were told of registry entries, one object in the state bucket, compared and swapped. */
export function s3EntryMatters(aws: AwsAccess, bucket: string): EntryMattersStore {
  const objects = s3JsonObjects(aws, bucket, Told);
  return {
    async read() {
      try {
        return (await objects.read(entryMattersKey)) ?? { etag: undefined };
      } catch (error) {
        // To tell once more is better than to tell nobody.
        if (error instanceof StateObjectUnreadable) return { etag: error.etag };
        throw error;
      }
    },
    write: (value, etag) => objects.replace(entryMattersKey, value, etag),
  };
}
