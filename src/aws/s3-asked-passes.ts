import * as z from 'zod/mini';
import { askedPassKey } from '../signals/names.ts';
import type { AskedPasses } from '../signals/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { AwsAccessDenied, StateObjectUnreadable } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Asked = z.object({ at: z.iso.datetime() });

/** When passes were asked for, an object for each cluster in the state bucket, compared and swapped. */
export function s3AskedPasses(aws: AwsAccess, bucket: string): AskedPasses {
  const objects = s3JsonObjects(aws, bucket, Asked);
  return {
    async claim(cluster, seconds, now) {
      const key = askedPassKey(cluster);
      const found = await objects.read(key).catch(whatIsThere);
      if (found && now.getTime() - Date.parse(found.value.at) < seconds * 1000) return false;
      if ((await objects.write(key, { at: now.toISOString() }, found?.etag)) === 'written') return true;
      // Somebody has just asked; or there was one all along, which Tender may not read.
      if (found === undefined) await objects.read(key);
      return false;
    },
  };
}

/** Where there is none S3 answers 403 to whoever may not list: then it is written, where there is none. One that nobody can read is of no time. */
function whatIsThere(error: unknown) {
  if (error instanceof AwsAccessDenied) return undefined;
  if (error instanceof StateObjectUnreadable) return { value: { at: new Date(0).toISOString() }, etag: error.etag };
  throw error;
}
