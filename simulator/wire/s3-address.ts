import { isIP } from 'node:net';
import { decodePathPart } from './codec.ts';
import type { HttpRequest } from './http.ts';
import { plainTarget } from './rest-codec.ts';
import type { RestTarget } from './rest-route.ts';

/**
 * Takes the bucket out of an S3 request: from the host (`bucket.s3.us-east-1.amazonaws.com`, `bucket.localhost`) or, where
 * the host is the service itself, an address or a plain name, from the first part of the path.
 */
export function s3Target(request: HttpRequest): RestTarget {
  const target = plainTarget(request);
  const hosted = bucketOfHost(request.host);
  if (hosted !== undefined) return { ...target, labels: { Bucket: hosted } };
  const [, bucket = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(target.path) ?? [];
  if (bucket === '') return target;
  return { ...target, path: rest === '' ? '/' : rest, labels: { Bucket: decodePathPart(bucket) } };
}

function bucketOfHost(host: string): string | undefined {
  if (isIP(host)) return undefined;
  return /^(.+?)\.(?:s3[.-].*amazonaws\.com(?:\.cn)?|s3\.amazonaws\.com|localhost)$/.exec(host)?.[1];
}
