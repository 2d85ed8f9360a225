import type * as sdk from '@aws-sdk/client-s3';
import { type Access, AwsError, type CallContext, type Operations } from '../cloud/service.ts';
import { type Bucket, currentVersion, type ObjectVersion } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { checksumMembers, md5, verifyBody } from './checksums.ts';
import type { Guard } from './guard.ts';
import { bucketAccess, objectAccess } from './object-access.ts';
import { attributesOf, bodyBytes, describeVersion, encryptionMembers, versionMember } from './object-request.ts';
import { checkReadConditions, checkWriteConditions, noSuchKey } from './preconditions.ts';

type S3Operations = Operations<typeof sdk>;

/** Put, get, head, delete and copy of objects, and their retention. */
export function objectOperations(buckets: Buckets, guard: Guard): S3Operations {
  return {
    ...writing(buckets, guard),
    ...reading(buckets, guard),
    ...deleting(buckets, guard),
    ...retention(buckets, guard),
  };
}

function writing(buckets: Buckets, guard: Guard): S3Operations {
  return {
    PutObject: guard.operation(
      (input) => putAccess(input),
      async (input, call) => {
        const bucket = buckets.get(input.Bucket);
        const key = keyOf(input.Key);
        const body = bodyBytes(input.Body);
        const checksum = await verifyBody(body, input, input.ChecksumAlgorithm);
        checkWriteConditions(currentVersion(bucket, key), input);
        const attributes = attributesOf(bucket, input, guard, call);
        const version = buckets.putVersion(bucket, { key, body, etag: md5(body), attributes, checksum });
        return {
          ETag: version.etag,
          ...versionMember(bucket, version),
          ...encryptionMembers(version),
          ...checksumMembers(checksum),
        };
      },
    ),
    CopyObject: guard.operation(
      (input) => [objectAccess('GetObject', sourceOf(input.CopySource)), ...putAccess(input)],
      (input, call) => {
        const from = sourceOf(input.CopySource);
        const source = buckets.get(from.Bucket);
        const version = findVersion(source, from, guard, call);
        checkReadConditions(version, {
          IfMatch: input.CopySourceIfMatch,
          IfNoneMatch: input.CopySourceIfNoneMatch,
          IfModifiedSince: input.CopySourceIfModifiedSince,
          IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
        });
        guard.checkDecrypt(source, version.key, version.encryption, call);
        const bucket = buckets.get(input.Bucket);
        const key = keyOf(input.Key);
        checkWriteConditions(currentVersion(bucket, key), input);
        const own = attributesOf(bucket, input, guard, call);
        const { encryption, retention, legalHold } = own;
        const attributes =
          input.MetadataDirective === 'REPLACE' ? own : { ...version, encryption, retention, legalHold };
        const { body } = version;
        const copy = buckets.putVersion(bucket, { key, body, etag: md5(body), attributes, checksum: version.checksum });
        return {
          CopyObjectResult: { ETag: copy.etag, LastModified: copy.lastModified },
          CopySourceVersionId: versionMember(source, version).VersionId,
          ...versionMember(bucket, copy),
          ...encryptionMembers(copy),
        };
      },
    ),
  };
}

function reading(buckets: Buckets, guard: Guard): S3Operations {
  return {
    GetObject: guard.operation(readAccess, (input: sdk.GetObjectCommandInput, call) => {
      const { bucket, version, checksums } = read(buckets, guard, input, call);
      const range = rangeOf(input.Range, version.body.length);
      const body = range ? version.body.subarray(range.first, range.last + 1) : version.body;
      return {
        ...describeVersion(bucket, version, checksums && !range),
        ContentLength: body.length,
        ...(range ? { ContentRange: `bytes ${range.first}-${range.last}/${version.body.length}` } : {}),
        // The wire and the callers inside take bytes; only the SDK's client makes a stream of them.
        Body: body as unknown as NonNullable<sdk.GetObjectCommandOutput['Body']>,
      };
    }),
    HeadObject: guard.operation(readAccess, (input: sdk.HeadObjectCommandInput, call) => {
      const { bucket, version, checksums } = read(buckets, guard, input, call);
      return { ...describeVersion(bucket, version, checksums), ContentLength: version.body.length };
    }),
    GetObjectTagging: guard.operation(
      (input) => [objectAccess('GetObjectTagging', input)],
      (input, call) => {
        const version = findVersion(buckets.get(input.Bucket), input, guard, call);
        return { TagSet: Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value })) };
      },
    ),
    PutObjectTagging: guard.operation(
      (input) => [objectAccess('PutObjectTagging', input)],
      (input, call) => {
        const bucket = buckets.get(input.Bucket);
        const tags = (input.Tagging?.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']);
        buckets.replaceVersion(bucket, findVersion(bucket, input, guard, call), { tags: Object.fromEntries(tags) });
        return {};
      },
    ),
  };
}

function deleting(buckets: Buckets, guard: Guard): S3Operations {
  return {
    DeleteObject: guard.operation(
      (input) => deleteAccess(input, input.BypassGovernanceRetention),
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const key = keyOf(input.Key);
        if (input.IfMatch !== undefined) checkWriteConditions(currentVersion(bucket, key), { IfMatch: input.IfMatch });
        const gone = buckets.deleteVersion(bucket, key, input.VersionId, input.BypassGovernanceRetention);
        return {
          ...(gone?.deleteMarker ? { DeleteMarker: true } : {}),
          ...(gone && (gone.deleteMarker || input.VersionId !== undefined) ? versionMember(bucket, gone) : {}),
        };
      },
    ),
    DeleteObjects: guard.operation(
      (input) =>
        (input.Delete?.Objects ?? []).flatMap((each) =>
          deleteAccess({ ...each, Bucket: input.Bucket }, input.BypassGovernanceRetention),
        ),
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const results = (input.Delete?.Objects ?? []).map((each) =>
          deleteOne(buckets, bucket, each, input.BypassGovernanceRetention),
        );
        const errors = results.flatMap((result) => ('error' in result ? [result.error] : []));
        const deleted = results.flatMap((result) => ('deleted' in result ? [result.deleted] : []));
        return {
          ...(input.Delete?.Quiet ? {} : { Deleted: deleted }),
          ...(errors.length > 0 ? { Errors: errors } : {}),
        };
      },
      true,
    ),
  };
}

function retention(buckets: Buckets, guard: Guard): S3Operations {
  return {
    PutObjectRetention: guard.operation(
      (input) => [objectAccess('PutObjectRetention', input)],
      (input, call) => {
        const bucket = buckets.get(input.Bucket);
        const { Mode, RetainUntilDate: until } = input.Retention ?? {};
        const version = findVersion(bucket, input, guard, call);
        const shorter = version.retention && (!until || until < version.retention.until);
        if (shorter && !(version.retention?.mode === 'GOVERNANCE' && input.BypassGovernanceRetention)) {
          throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', { status: 403 });
        }
        const mode = Mode === 'COMPLIANCE' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const);
        buckets.replaceVersion(bucket, version, { retention: until ? { mode, until } : undefined });
        return {};
      },
    ),
    GetObjectRetention: guard.operation(
      (input) => [objectAccess('GetObjectRetention', input)],
      (input, call) => {
        const held = findVersion(buckets.get(input.Bucket), input, guard, call).retention;
        if (!held) {
          const message = 'The specified object does not have a ObjectLock configuration';
          throw new AwsError('NoSuchObjectLockConfiguration', message, { status: 404 });
        }
        return { Retention: { Mode: held.mode, RetainUntilDate: held.until } };
      },
    ),
  };
}

// A conditional write on the ETag also needs to read: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
function putAccess(input: sdk.PutObjectCommandInput | sdk.CopyObjectCommandInput): Access[] {
  return [
    objectAccess('PutObject', input),
    ...(input.IfMatch === undefined ? [] : [objectAccess('GetObject', input)]),
    ...(input.Tagging === undefined ? [] : [objectAccess('PutObjectTagging', input)]),
    ...(input.ObjectLockRetainUntilDate === undefined ? [] : [objectAccess('PutObjectRetention', input)]),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : [objectAccess('PutObjectLegalHold', input)]),
  ];
}

function readAccess(input: {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
}): Access[] {
  return [objectAccess(input.VersionId === undefined ? 'GetObject' : 'GetObjectVersion', input)];
}

function deleteAccess(
  input: {
    readonly Bucket?: string | undefined;
    readonly Key?: string | undefined;
    readonly VersionId?: string | undefined;
  },
  bypass: boolean | undefined,
): Access[] {
  return [
    objectAccess(input.VersionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion', input),
    ...(bypass ? [objectAccess('BypassGovernanceRetention', input)] : []),
  ];
}

function read(
  buckets: Buckets,
  guard: Guard,
  input: sdk.GetObjectCommandInput | sdk.HeadObjectCommandInput,
  call: CallContext,
) {
  const bucket = buckets.get(input.Bucket);
  const version = findVersion(bucket, input, guard, call);
  checkReadConditions(version, input);
  guard.checkDecrypt(bucket, version.key, version.encryption, call);
  return { bucket, version, checksums: input.ChecksumMode === 'ENABLED' };
}

function findVersion(
  bucket: Bucket,
  input: { readonly Key?: string | undefined; readonly VersionId?: string | undefined },
  guard: Guard,
  call: CallContext,
): ObjectVersion {
  const key = keyOf(input.Key);
  const version =
    input.VersionId === undefined
      ? currentVersion(bucket, key)
      : bucket.versions.get(key)?.find(({ versionId }) => versionId === input.VersionId);
  if (version?.deleteMarker) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
    });
  }
  if (version) return version;
  // Who may not list must not learn what exists.
  if (!guard.mayList(bucket, call)) {
    const { action, resource } = bucketAccess('ListBucket', bucket.name);
    const why = `because no identity-based policy allows the ${action} action`;
    const message = `User: ${call.caller.arn} is not authorized to perform: ${action} on resource: "${resource}" ${why}`;
    throw new AwsError('AccessDenied', message, { status: 403 });
  }
  throw input.VersionId === undefined
    ? noSuchKey()
    : new AwsError('NoSuchVersion', 'The specified version does not exist.', { status: 404 });
}

function keyOf(key: string | undefined): string {
  if (key !== undefined && key.length > 0 && Buffer.byteLength(key) <= 1024) return key;
  throw new AwsError('KeyTooLongError', 'Your key is too long', { status: 400 });
}

function sourceOf(copySource: string | undefined): { Bucket: string; Key: string; VersionId?: string } {
  const [, bucket = '', key = '', version] = /^\/?([^/]+)\/(.+?)(?:\?versionId=(.+))?$/s.exec(copySource ?? '') ?? [];
  return { Bucket: bucket, Key: decodeURIComponent(key), ...(version === undefined ? {} : { VersionId: version }) };
}

/** @throws AwsError InvalidRange. Ranges that are not understood are ignored, as HTTP asks. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly first: number; readonly last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || last < first) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416 });
  }
  return { first, last };
}

function deleteOne(
  buckets: Buckets,
  bucket: Bucket,
  each: sdk.ObjectIdentifier,
  bypass: boolean | undefined,
): { readonly deleted: sdk.DeletedObject } | { readonly error: sdk._Error } {
  const named = { Key: each.Key, ...(each.VersionId === undefined ? {} : { VersionId: each.VersionId }) };
  try {
    const gone = buckets.deleteVersion(bucket, keyOf(each.Key), each.VersionId, bypass);
    if (!gone?.deleteMarker) return { deleted: named };
    return { deleted: { ...named, DeleteMarker: true, DeleteMarkerVersionId: gone.versionId } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { error: { ...named, Code: error.code, Message: error.message } };
  }
}
