import type { LifecycleRule, ObjectOwnership } from '@aws-sdk/client-s3';
import type { PolicyDocument } from '../iam/policy.ts';
import type { ObjectChecksum } from './checksums.ts';

/** How an object is encrypted at rest. Everything is, at least with `AES256`. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** ARN; only with `aws:kms`. */
  readonly keyArn?: string;
  readonly bucketKey?: boolean;
}

/** A retention period of Object Lock. */
interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Date;
}

/** What a writer says about an object, besides its bytes. */
export interface ObjectAttributes {
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentDisposition: string | undefined;
  readonly contentLanguage: string | undefined;
  readonly cacheControl: string | undefined;
  readonly storageClass: string | undefined;
  readonly encryption: Encryption;
  readonly tags: Readonly<Record<string, string>>;
  readonly retention: Retention | undefined;
  readonly legalHold: boolean;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion extends ObjectAttributes {
  readonly key: string;
  /** `null` where versioning was not enabled. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly body: Uint8Array;
  /** With the quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksum: ObjectChecksum | undefined;
  readonly partSizes: readonly number[];
}

/** One part of an upload that is not complete. */
export interface UploadedPart {
  readonly number: number;
  readonly body: Uint8Array;
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksum: ObjectChecksum | undefined;
}

/** A multipart upload that is neither complete nor aborted. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly startedAt: Date;
  readonly initiator: string;
  readonly attributes: ObjectAttributes;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumType: 'COMPOSITE' | 'FULL_OBJECT' | undefined;
  readonly parts: Map<number, UploadedPart>;
}

/** The settings of a bucket, as templates declare them. Lifecycle rules are kept to be read again: nothing expires here. */
export interface BucketSettings {
  readonly versioning?: 'Enabled' | 'Suspended';
  readonly policy?: PolicyDocument;
  /** Default encryption of objects whose writer names none. */
  readonly encryption?: {
    readonly algorithm: 'AES256' | 'aws:kms';
    readonly keyId?: string;
    readonly bucketKey?: boolean;
  };
  readonly objectLock?: { readonly mode?: 'GOVERNANCE' | 'COMPLIANCE'; readonly days?: number };
  readonly publicAccessBlock?: Readonly<Record<string, boolean>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly lifecycleRules?: readonly LifecycleRule[];
  readonly ownership?: ObjectOwnership;
}

/** A bucket with all that is in it. */
export interface Bucket {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly createdAt: Date;
  settings: BucketSettings;
  /** All versions by key, the newest last. */
  readonly versions: Map<string, ObjectVersion[]>;
  readonly uploads: Map<string, Upload>;
}

/** The version that a plain read sees; `undefined` when there is none or a delete marker hides it. */
export function currentVersion(bucket: Bucket, key: string): ObjectVersion | undefined {
  const newest = bucket.versions.get(key)?.at(-1);
  return newest?.deleteMarker ? undefined : newest;
}
