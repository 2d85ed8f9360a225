import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { problemsOf } from '../schema/problems.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless, codeOf, StateObjectUnreadable } from './errors.ts';

/** JSON objects of one form in a bucket, compare-and-swapped by entity tag. */
export interface JsonObjects<T> {
  /**
   * undefined when there is none.
   * @throws StateObjectUnreadable
   */
  read(key: string): Promise<{ readonly value: T; readonly etag: string } | undefined>;
  /** Writes when the object still has this tag (undefined: when there is none); otherwise writes nothing. */
  write(key: string, value: T, etag: string | undefined): Promise<'written' | 'conflict'>;
  /** As {@link JsonObjects.write}, and gives the tag of what was written. */
  replace(key: string, value: T, etag: string | undefined): Promise<{ readonly etag: string } | 'conflict'>;
  /** Deletes when the object still has this tag; one that is gone is fine. */
  delete(key: string, etag: string): Promise<'deleted' | 'conflict'>;
  /** The keys of all objects whose key begins so, in order. */
  keys(prefix: string): Promise<readonly string[]>;
}

/**
 * Somebody was faster (412), is writing at this moment (409), or deleted what was to be replaced (404).
 * docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const CONFLICTS = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'NotFound', 'OperationAborted'];

/** The JSON objects of a bucket that have this form. */
export function s3JsonObjects<S extends z.core.$ZodType>(
  aws: AwsAccess,
  bucket: string,
  form: S,
): JsonObjects<z.core.output<S>> {
  const s3 = aws.client(S3Client);
  const replace: JsonObjects<z.core.output<S>>['replace'] = async (key, value, etag) => {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: JSON.stringify(value),
      ContentType: 'application/json',
      ...(etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag }),
    });
    const answer = await awsCallUnless(CONFLICTS, s3.send(command));
    return answer ? { etag: answer.ETag ?? '' } : 'conflict';
  };
  return {
    replace,
    async read(key) {
      const answer = await awsCallUnless(['NoSuchKey'], s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
      if (!answer) return undefined;
      const text = (await answer.Body?.transformToString()) ?? '';
      const etag = answer.ETag ?? '';
      return { value: parsed(form, `s3://${bucket}/${key}`, text, etag), etag };
    },
    write: async (key, value, etag) => ((await replace(key, value, etag)) === 'conflict' ? 'conflict' : 'written'),
    async delete(key, etag) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag });
      try {
        await awsCallUnless(['NoSuchKey', 'NotFound'], s3.send(command));
        return 'deleted';
      } catch (error) {
        if (CONFLICTS.includes(codeOf(error))) return 'conflict';
        throw error;
      }
    },
    async keys(prefix) {
      const pages = await allPages(paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }));
      return pages.flatMap((page) => page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
    },
  };
}

/** Writes a JSON object, whatever is there. Returns its `s3://` address. */
export async function putJson(aws: AwsAccess, bucket: string, key: string, value: unknown): Promise<string> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: JSON.stringify(value, null, 2),
    ContentType: 'application/json',
  });
  await awsCall(aws.client(S3Client).send(command));
  return `s3://${bucket}/${key}`;
}

function parsed<S extends z.core.$ZodType>(form: S, address: string, text: string, etag: string): z.core.output<S> {
  const value = jsonOf(address, text, etag);
  const result = z.safeParse(form, value);
  if (!result.success) throw new StateObjectUnreadable(address, problemsOf(form, value, result.error.issues), etag);
  return result.data;
}

function jsonOf(address: string, text: string, etag: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StateObjectUnreadable(address, ['is no JSON'], etag);
  }
}
