import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import {
  type Bucket,
  type BucketSettings,
  currentVersion,
  type ObjectAttributes,
  type ObjectVersion,
  type Upload,
} from './bucket.ts';
import type { ObjectChecksum } from './checksums.ts';

/** What a new version holds. */
export interface NewVersion {
  readonly key: string;
  readonly body: Uint8Array;
  /** Without the quotes. */
  readonly etag: string;
  readonly attributes: ObjectAttributes;
  readonly checksum: ObjectChecksum | undefined;
  readonly partSizes?: readonly number[];
}

/** The attributes of an object that nothing is known about. */
const plainAttributes: ObjectAttributes = {
  metadata: {},
  contentType: 'binary/octet-stream',
  contentEncoding: undefined,
  contentDisposition: undefined,
  contentLanguage: undefined,
  cacheControl: undefined,
  storageClass: undefined,
  encryption: { algorithm: 'AES256' },
  tags: {},
  retention: undefined,
  legalHold: false,
};

/** All buckets, and what happens to the versions in them. */
export class Buckets {
  readonly #world: World;
  readonly #account: string;
  readonly #buckets = new Map<string, Bucket>();

  constructor(world: World, account: string) {
    this.#world = world;
    this.#account = account;
  }

  /** Creates the bucket, or gives the one that exists these settings on top of its own. */
  putBucket(name: string, settings: BucketSettings = {}): Bucket {
    const existing = this.#buckets.get(name);
    if (existing) {
      existing.settings = { ...existing.settings, ...settings };
      return existing;
    }
    const bucket: Bucket = {
      name,
      arn: `arn:aws:s3:::${name}`,
      account: this.#account,
      createdAt: this.#world.date(),
      // Object Lock works on versions only.
      settings: settings.objectLock ? { versioning: 'Enabled', ...settings } : settings,
      versions: new Map(),
      uploads: new Map(),
    };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** @throws AwsError NoSuchBucket. */
  get(name: string | undefined): Bucket {
    const bucket = this.#buckets.get(name ?? '');
    if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
    return bucket;
  }

  list(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError NoSuchBucket, BucketNotEmpty. */
  deleteBucket(name: string): void {
    if (this.get(name).versions.size > 0) {
      const message = 'The bucket you tried to delete is not empty';
      throw new AwsError('BucketNotEmpty', message, { status: 409 });
    }
    this.#buckets.delete(name);
  }

  /** The newest version's text, for whoever looks from outside of AWS; `undefined` when there is none. */
  text(bucketName: string, key: string): string | undefined {
    const bucket = this.#buckets.get(bucketName);
    const version = bucket && currentVersion(bucket, key);
    return version && Buffer.from(version.body).toString();
  }

  putVersion(bucket: Bucket, added: NewVersion): ObjectVersion {
    return this.#add(bucket, {
      ...this.#lockedByDefault(bucket, added.attributes),
      key: added.key,
      versionId: this.#versionId(bucket),
      deleteMarker: false,
      body: added.body,
      etag: `"${added.etag}"`,
      lastModified: this.#world.date(),
      checksum: added.checksum,
      partSizes: added.partSizes ?? [],
    });
  }

  /**
   * Deletes as S3 does: without version id, a versioned bucket gets a delete marker; with one, that version goes for good.
   * Returns the version that went or the marker that came; `undefined` when there was nothing.
   * @throws AwsError AccessDenied while Object Lock holds the version.
   */
  deleteVersion(
    bucket: Bucket,
    key: string,
    versionId: string | undefined,
    bypassGovernance = false,
  ): ObjectVersion | undefined {
    const versions = bucket.versions.get(key) ?? [];
    if (versionId !== undefined) {
      const version = versions.find((each) => each.versionId === versionId);
      if (version) this.#assertUnlocked(version, bypassGovernance);
      return version && this.#remove(bucket, version);
    }
    if (bucket.settings.versioning === undefined) {
      const newest = versions.at(-1);
      return newest && this.#remove(bucket, newest);
    }
    return this.#add(bucket, {
      ...plainAttributes,
      key,
      versionId: this.#versionId(bucket),
      deleteMarker: true,
      body: new Uint8Array(),
      etag: '',
      lastModified: this.#world.date(),
      checksum: undefined,
      partSizes: [],
    });
  }

  /** Puts another state in the place of a version (retention, legal hold, tags). */
  replaceVersion(bucket: Bucket, version: ObjectVersion, changes: Partial<ObjectAttributes>): void {
    const versions = bucket.versions.get(version.key) ?? [];
    versions[versions.indexOf(version)] = { ...version, ...changes };
  }

  startUpload(bucket: Bucket, upload: Omit<Upload, 'id' | 'startedAt' | 'parts'>): Upload {
    const id = this.#world.random.for('s3:upload').hex(64);
    const started: Upload = { ...upload, id, startedAt: this.#world.date(), parts: new Map() };
    bucket.uploads.set(id, started);
    return started;
  }

  #add(bucket: Bucket, version: ObjectVersion): ObjectVersion {
    const versions = bucket.versions.get(version.key) ?? [];
    // Without (or with suspended) versioning there is one version `null`, and writing replaces it.
    const kept = version.versionId === 'null' ? versions.filter(({ versionId }) => versionId !== 'null') : versions;
    bucket.versions.set(version.key, [...kept, version]);
    return version;
  }

  #remove(bucket: Bucket, version: ObjectVersion): ObjectVersion {
    const left = (bucket.versions.get(version.key) ?? []).filter((each) => each !== version);
    if (left.length > 0) bucket.versions.set(version.key, left);
    else bucket.versions.delete(version.key);
    return version;
  }

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
  #assertUnlocked({ retention, legalHold }: ObjectVersion, bypassGovernance: boolean): void {
    const running = retention !== undefined && retention.until.getTime() > this.#world.now();
    const held = running && !(retention.mode === 'GOVERNANCE' && bypassGovernance);
    if (legalHold || held) {
      throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', { status: 403 });
    }
  }

  #lockedByDefault(bucket: Bucket, attributes: ObjectAttributes): ObjectAttributes {
    const { mode, days } = bucket.settings.objectLock ?? {};
    if (attributes.retention || mode === undefined || days === undefined) return attributes;
    return { ...attributes, retention: { mode, until: new Date(this.#world.now() + days * 86_400_000) } };
  }

  #versionId(bucket: Bucket): string {
    return bucket.settings.versioning === 'Enabled' ? this.#world.random.for('s3:version').hex(32) : 'null';
  }
}
