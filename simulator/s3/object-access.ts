import type { Access } from '../cloud/service.ts';

/** The members of requests that S3's condition keys look at. */
export interface ObjectRequest {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly StorageClass?: string | undefined;
  readonly ACL?: string | undefined;
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
const conditionKeys: readonly (readonly [member: keyof ObjectRequest, key: string])[] = [
  ['VersionId', 's3:versionid'],
  ['ServerSideEncryption', 's3:x-amz-server-side-encryption'],
  ['SSEKMSKeyId', 's3:x-amz-server-side-encryption-aws-kms-key-id'],
  ['StorageClass', 's3:x-amz-storage-class'],
  ['ACL', 's3:x-amz-acl'],
  ['IfMatch', 's3:if-match'],
  ['IfNoneMatch', 's3:if-none-match'],
];

/** The permission for an action on an object, with the condition keys that the request carries. */
export function objectAccess(action: string, request: ObjectRequest): Access {
  const context = Object.fromEntries(
    conditionKeys.flatMap(([member, key]) => {
      const value = request[member];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
  return { action: `s3:${action}`, resource: `arn:aws:s3:::${request.Bucket}/${request.Key}`, context };
}

/** The permission for an action on a bucket. */
export function bucketAccess(
  action: string,
  bucket: string | undefined,
  context: Readonly<Record<string, string>> = {},
): Access {
  return { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}`, context };
}
