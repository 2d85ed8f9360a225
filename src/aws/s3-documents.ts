import type { Documents } from '../nodes/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson } from './s3-json-objects.ts';

/** JSON documents for people, in the state bucket. */
export function s3Documents(aws: AwsAccess, bucket: string): Documents {
  return { write: (key, document) => putJson(aws, bucket, key, document) };
}
