import * as z from 'zod/mini';
import { askedPassKey } from '../signals/names.ts';
import type { AskedPasses } from '../signals/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Asked = z.object({ at: z.iso.datetime() });

/** When passes were asked for, an object for each cluster in the state bucket, compared and swapped. */
export function s3AskedPasses(aws: AwsAccess, bucket: string): AskedPasses {
  const objects = s3JsonObjects(aws, bucket, Asked);
  return {
    async claim(cluster, seconds, now) {
      const key = askedPassKey(cluster);
      // Where there is none S3 answers 403 to whoever may not list: what was not read is only ever written where there is none.
      const found = await objects.read(key).catch((error: unknown) => unreadable(error));
      if (found && now.getTime() - Date.parse(found.value.at) < seconds * 1000) return false;
      return (await objects.write(key, { at: now.toISOString() }, found?.etag)) === 'written';
    },
  };
}

function unreadable(error: unknown) {
  return error instanceof StateObjectUnreadable
    ? { value: { at: new Date(0).toISOString() }, etag: error.etag }
    : undefined;
}
