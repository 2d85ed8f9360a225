import { AwsError, type CallContext } from '../cloud/service.ts';
import type { Bucket, ObjectAttributes, ObjectVersion } from './bucket.ts';
import { checksumMembers } from './checksums.ts';
import type { Guard } from './guard.ts';

/** The members of a write that describe the object. */
export interface DescribingRequest {
  readonly Key?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly ContentType?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly StorageClass?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly Tagging?: string | undefined;
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

/** What a write says about the object, encryption decided. @throws AwsError AccessDenied, InvalidRequest. */
export function attributesOf(
  bucket: Bucket,
  request: DescribingRequest,
  guard: Guard,
  call: CallContext,
): ObjectAttributes {
  const locks = request.ObjectLockMode !== undefined || request.ObjectLockLegalHoldStatus !== undefined;
  if (locks && !bucket.settings.objectLock) {
    throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration', { status: 400 });
  }
  const until = request.ObjectLockRetainUntilDate;
  return {
    metadata: request.Metadata ?? {},
    contentType: request.ContentType ?? 'binary/octet-stream',
    contentEncoding: request.ContentEncoding,
    contentDisposition: request.ContentDisposition,
    contentLanguage: request.ContentLanguage,
    cacheControl: request.CacheControl,
    storageClass: request.StorageClass,
    encryption: guard.encryptionFor(bucket, request.Key ?? '', request, call),
    tags: Object.fromEntries(new URLSearchParams(request.Tagging ?? '')),
    retention: until
      ? { mode: request.ObjectLockMode === 'COMPLIANCE' ? 'COMPLIANCE' : 'GOVERNANCE', until }
      : undefined,
    legalHold: request.ObjectLockLegalHoldStatus === 'ON',
  };
}

/**
 * The bytes of a request's body. From the wire they are bytes; Step Functions hands over what its JSON holds, which S3
 * stores as JSON text unless it is a string.
 */
export function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Encryption as response members. */
export function encryptionMembers({ encryption }: Pick<ObjectAttributes, 'encryption'>) {
  return {
    ServerSideEncryption: encryption.algorithm,
    ...(encryption.keyArn === undefined ? {} : { SSEKMSKeyId: encryption.keyArn }),
    ...(encryption.bucketKey ? { BucketKeyEnabled: true } : {}),
  };
}

/** The version id as response member; buckets that never were versioned tell none. */
export function versionMember(bucket: Bucket, version: Pick<ObjectVersion, 'versionId'>): { VersionId?: string } {
  return bucket.settings.versioning === undefined ? {} : { VersionId: version.versionId };
}

/** What GetObject and HeadObject tell alike. */
export function describeVersion(bucket: Bucket, version: ObjectVersion, withChecksum: boolean) {
  const optional = {
    ContentEncoding: version.contentEncoding,
    ContentDisposition: version.contentDisposition,
    ContentLanguage: version.contentLanguage,
    CacheControl: version.cacheControl,
    StorageClass: version.storageClass === 'STANDARD' ? undefined : version.storageClass,
    ObjectLockMode: version.retention?.mode,
    ObjectLockRetainUntilDate: version.retention?.until,
    ObjectLockLegalHoldStatus: version.legalHold ? ('ON' as const) : undefined,
    PartsCount: version.partSizes.length > 0 && withChecksum ? version.partSizes.length : undefined,
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...versionMember(bucket, version),
    ...encryptionMembers(version),
    ...(withChecksum ? checksumMembers(version.checksum) : {}),
    AcceptRanges: 'bytes',
    ETag: version.etag,
    LastModified: version.lastModified,
    Metadata: { ...version.metadata },
    ...(version.contentType === undefined ? {} : { ContentType: version.contentType }),
  };
}
