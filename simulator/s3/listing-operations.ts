import type * as sdk from '@aws-sdk/client-s3';
import { type Access, AwsError, type Operations } from '../cloud/service.ts';
import { type Bucket, currentVersion, type ObjectVersion } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import type { Guard } from './guard.ts';
import { listPage } from './listing.ts';
import { bucketAccess } from './object-access.ts';

interface ListRequest {
  readonly Bucket?: string | undefined;
  readonly Prefix?: string | undefined;
  readonly Delimiter?: string | undefined;
  readonly MaxKeys?: number | undefined;
  readonly EncodingType?: string | undefined;
}

/** Lists of objects and of their versions. */
export function listingOperations(buckets: Buckets, guard: Guard): Operations<typeof sdk> {
  return {
    ListObjectsV2: guard.operation(
      (input) => [listAccess('ListBucket', input)],
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const after =
          input.ContinuationToken === undefined ? (input.StartAfter ?? '') : readToken(input.ContinuationToken);
        const max = Math.min(input.MaxKeys ?? 1000, 1000);
        const page = listPage(current(bucket), { prefix: input.Prefix ?? '', delimiter: input.Delimiter, after, max });
        const encode = encoder(input);
        return {
          ...echo(input, bucket, max),
          KeyCount: page.items.length + page.commonPrefixes.length,
          IsTruncated: page.last !== undefined,
          ...(page.last === undefined
            ? {}
            : { NextContinuationToken: Buffer.from(`after:${page.last}`).toString('base64') }),
          ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
          ...(input.StartAfter === undefined ? {} : { StartAfter: encode(input.StartAfter) }),
          ...(page.items.length > 0 ? { Contents: page.items.map((version) => describe(version, encode)) } : {}),
          ...prefixes(page.commonPrefixes, encode),
        };
      },
    ),
    ListObjects: guard.operation(
      (input) => [listAccess('ListBucket', input)],
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const max = Math.min(input.MaxKeys ?? 1000, 1000);
        const after = input.Marker ?? '';
        const page = listPage(current(bucket), { prefix: input.Prefix ?? '', delimiter: input.Delimiter, after, max });
        const encode = encoder(input);
        return {
          ...echo(input, bucket, max),
          Marker: encode(after),
          IsTruncated: page.last !== undefined,
          ...(page.last === undefined || !input.Delimiter ? {} : { NextMarker: encode(page.last) }),
          ...(page.items.length > 0 ? { Contents: page.items.map((version) => describe(version, encode)) } : {}),
          ...prefixes(page.commonPrefixes, encode),
        };
      },
    ),
    ListObjectVersions: guard.operation(
      (input) => [listAccess('ListBucketVersions', input)],
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const max = Math.min(input.MaxKeys ?? 1000, 1000);
        const page = versionPage(bucket, input, max);
        const encode = encoder(input);
        const [markers, versions] = [
          page.items.filter((each) => each.deleteMarker),
          page.items.filter((each) => !each.deleteMarker),
        ];
        return {
          ...echo(input, bucket, max),
          KeyMarker: encode(input.KeyMarker ?? ''),
          VersionIdMarker: input.VersionIdMarker ?? '',
          IsTruncated: page.next !== undefined,
          ...(page.next === undefined
            ? {}
            : { NextKeyMarker: encode(page.next.key), NextVersionIdMarker: page.next.versionId }),
          ...(versions.length > 0
            ? { Versions: versions.map((each) => ({ ...describe(each, encode), ...stand(bucket, each) })) }
            : {}),
          ...(markers.length > 0
            ? { DeleteMarkers: markers.map((each) => ({ ...named(each, encode), ...stand(bucket, each) })) }
            : {}),
          ...prefixes(page.commonPrefixes, encode),
        };
      },
    ),
  };
}

interface VersionPage {
  readonly items: ObjectVersion[];
  readonly commonPrefixes: string[];
  readonly next: ObjectVersion | undefined;
}

// Newest first within a key; the markers name the last version of the page before.
function versionPage(bucket: Bucket, input: sdk.ListObjectVersionsCommandInput, max: number): VersionPage {
  const whole = { prefix: input.Prefix ?? '', delimiter: input.Delimiter, after: '', max: Number.POSITIVE_INFINITY };
  const keys = listPage(
    [...bucket.versions.keys()].map((key) => ({ key })),
    whole,
  );
  const all = keys.items.flatMap(({ key }) => [...(bucket.versions.get(key) ?? [])].reverse());
  const marker = input.KeyMarker;
  const start =
    marker === undefined
      ? 0
      : input.VersionIdMarker === undefined
        ? all.findLastIndex(({ key }) => key <= marker) + 1
        : all.findIndex(({ key, versionId }) => key === marker && versionId === input.VersionIdMarker) + 1;
  const items = all.slice(start, start + max);
  return { items, commonPrefixes: keys.commonPrefixes, next: start + max < all.length ? items.at(-1) : undefined };
}

function* current(bucket: Bucket): Iterable<ObjectVersion> {
  for (const key of bucket.versions.keys()) {
    const version = currentVersion(bucket, key);
    if (version) yield version;
  }
}

function listAccess(action: string, input: ListRequest): Access {
  return bucketAccess(action, input.Bucket, {
    's3:prefix': input.Prefix ?? '',
    ...(input.Delimiter === undefined ? {} : { 's3:delimiter': input.Delimiter }),
    ...(input.MaxKeys === undefined ? {} : { 's3:max-keys': String(input.MaxKeys) }),
  });
}

// Keys may hold characters that XML cannot; clients then ask for them percent-encoded.
function encoder(input: ListRequest): (key: string) => string {
  return input.EncodingType === 'url' ? (key) => encodeURIComponent(key).replaceAll('%2F', '/') : (key) => key;
}

function echo(input: ListRequest, bucket: Bucket, max: number) {
  const encode = encoder(input);
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    MaxKeys: max,
    ...(input.Delimiter === undefined ? {} : { Delimiter: encode(input.Delimiter) }),
    ...(input.EncodingType === 'url' ? { EncodingType: 'url' as const } : {}),
  };
}

function named(version: ObjectVersion, encode: (key: string) => string) {
  return { Key: encode(version.key), LastModified: version.lastModified };
}

function describe(version: ObjectVersion, encode: (key: string) => string) {
  const algorithms = version.checksum
    ? { ChecksumAlgorithm: [version.checksum.algorithm], ChecksumType: version.checksum.type }
    : {};
  return {
    ...named(version, encode),
    ETag: version.etag,
    Size: version.body.length,
    StorageClass: 'STANDARD' as const,
    ...algorithms,
  };
}

function stand(bucket: Bucket, version: ObjectVersion) {
  return { VersionId: version.versionId, IsLatest: bucket.versions.get(version.key)?.at(-1) === version };
}

function prefixes(commonPrefixes: readonly string[], encode: (key: string) => string) {
  return commonPrefixes.length > 0
    ? { CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })) }
    : {};
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('after:')) {
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect', { status: 400 });
  }
  return text.slice('after:'.length);
}
