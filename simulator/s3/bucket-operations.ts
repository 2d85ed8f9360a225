import type * as sdk from '@aws-sdk/client-s3';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { Buckets } from './buckets.ts';
import type { Guard } from './guard.ts';
import { bucketAccess } from './object-access.ts';

type OnBucket = { readonly Bucket?: string | undefined };

/** Buckets and their settings. */
export function bucketOperations(buckets: Buckets, guard: Guard): Operations<typeof sdk> {
  const access = (action: string) => (input: OnBucket) => [bucketAccess(action, input.Bucket)];
  return {
    CreateBucket: {
      access: access('CreateBucket'),
      run: (input, { region }) => {
        const name = bucketName(input.Bucket);
        // Creating one's own bucket again succeeds in us-east-1 and fails elsewhere.
        if (buckets.find(name) && region !== 'us-east-1') {
          const message = 'Your previous request to create the named bucket succeeded and you already own it.';
          throw new AwsError('BucketAlreadyOwnedByYou', message, { status: 409 });
        }
        buckets.putBucket(name, input.ObjectLockEnabledForBucket ? { objectLock: {} } : {});
        return { Location: `/${name}`, BucketArn: `arn:aws:s3:::${name}` };
      },
    },
    DeleteBucket: guard.operation(access('DeleteBucket'), (input) => {
      buckets.deleteBucket(input.Bucket ?? '');
      return {};
    }),
    HeadBucket: guard.operation(access('ListBucket'), (input, { region }) => ({
      BucketArn: buckets.get(input.Bucket).arn,
      BucketRegion: region,
      AccessPointAlias: false,
    })),
    ListBuckets: {
      access: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
      run: (_, { account }) => ({
        Owner: { ID: account },
        Buckets: buckets.list().map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })),
      }),
    },
    PutBucketVersioning: guard.operation(
      access('PutBucketVersioning'),
      (input: sdk.PutBucketVersioningCommandInput) => {
        const status = input.VersioningConfiguration?.Status;
        buckets.get(input.Bucket);
        if (status !== undefined) buckets.putBucket(input.Bucket ?? '', { versioning: status });
        return {};
      },
    ),
    GetBucketVersioning: guard.operation(access('GetBucketVersioning'), (input) => {
      const { versioning } = buckets.get(input.Bucket).settings;
      return versioning === undefined ? {} : { Status: versioning };
    }),
    PutBucketPolicy: guard.operation(access('PutBucketPolicy'), (input: sdk.PutBucketPolicyCommandInput) => {
      buckets.get(input.Bucket);
      buckets.putBucket(input.Bucket ?? '', { policy: parsePolicy(input.Policy) });
      return {};
    }),
    GetBucketPolicy: guard.operation(access('GetBucketPolicy'), (input) => {
      const { policy } = buckets.get(input.Bucket).settings;
      if (!policy) throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', { status: 404 });
      return { Policy: JSON.stringify(policy) };
    }),
    DeleteBucketPolicy: guard.operation(access('DeleteBucketPolicy'), (input) => {
      const bucket = buckets.get(input.Bucket);
      const { policy: _, ...settings } = bucket.settings;
      bucket.settings = settings;
      return {};
    }),
    PutBucketEncryption: guard.operation(
      access('PutEncryptionConfiguration'),
      (input: sdk.PutBucketEncryptionCommandInput) => {
        buckets.get(input.Bucket);
        const rule = input.ServerSideEncryptionConfiguration?.Rules?.[0];
        const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
        buckets.putBucket(input.Bucket ?? '', {
          encryption: {
            algorithm: SSEAlgorithm === 'aws:kms' ? 'aws:kms' : 'AES256',
            bucketKey: rule?.BucketKeyEnabled ?? false,
            ...(KMSMasterKeyID === undefined ? {} : { keyId: KMSMasterKeyID }),
          },
        });
        return {};
      },
    ),
    GetBucketEncryption: guard.operation(access('GetEncryptionConfiguration'), (input) => {
      const { algorithm, keyId, bucketKey } = buckets.get(input.Bucket).settings.encryption ?? {
        algorithm: 'AES256' as const,
      };
      const byDefault = { SSEAlgorithm: algorithm, ...(keyId === undefined ? {} : { KMSMasterKeyID: keyId }) };
      return {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: bucketKey ?? false }],
        },
      };
    }),
    PutPublicAccessBlock: guard.operation(
      access('PutBucketPublicAccessBlock'),
      (input: sdk.PutPublicAccessBlockCommandInput) => {
        buckets.get(input.Bucket);
        const flags = Object.entries(input.PublicAccessBlockConfiguration ?? {}).map(([name, value]) => [
          name,
          value === true,
        ]);
        buckets.putBucket(input.Bucket ?? '', { publicAccessBlock: Object.fromEntries(flags) });
        return {};
      },
    ),
    GetPublicAccessBlock: guard.operation(access('GetBucketPublicAccessBlock'), (input) => {
      const { publicAccessBlock } = buckets.get(input.Bucket).settings;
      if (!publicAccessBlock) {
        const message = 'The public access block configuration was not found';
        throw new AwsError('NoSuchPublicAccessBlockConfiguration', message, { status: 404 });
      }
      return { PublicAccessBlockConfiguration: publicAccessBlock };
    }),
    PutBucketTagging: guard.operation(access('PutBucketTagging'), (input: sdk.PutBucketTaggingCommandInput) => {
      buckets.get(input.Bucket);
      const tags = (input.Tagging?.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']);
      buckets.putBucket(input.Bucket ?? '', { tags: Object.fromEntries(tags) });
      return {};
    }),
    GetBucketTagging: guard.operation(access('GetBucketTagging'), (input) => {
      const { tags } = buckets.get(input.Bucket).settings;
      if (!tags) throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', { status: 404 });
      return { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    }),
    PutBucketLifecycleConfiguration: guard.operation(
      access('PutLifecycleConfiguration'),
      (input: sdk.PutBucketLifecycleConfigurationCommandInput) => {
        buckets.get(input.Bucket);
        buckets.putBucket(input.Bucket ?? '', { lifecycleRules: input.LifecycleConfiguration?.Rules ?? [] });
        return {};
      },
    ),
    GetBucketLifecycleConfiguration: guard.operation(access('GetLifecycleConfiguration'), (input) => {
      const { lifecycleRules } = buckets.get(input.Bucket).settings;
      if (!lifecycleRules) {
        const message = 'The lifecycle configuration does not exist';
        throw new AwsError('NoSuchLifecycleConfiguration', message, { status: 404 });
      }
      return { Rules: [...lifecycleRules] };
    }),
    PutBucketOwnershipControls: guard.operation(
      access('PutBucketOwnershipControls'),
      (input: sdk.PutBucketOwnershipControlsCommandInput) => {
        buckets.get(input.Bucket);
        const ownership = input.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? 'BucketOwnerEnforced';
        // Access control lists are not simulated: only what AWS recommends, and has as default, is.
        if (ownership !== 'BucketOwnerEnforced') throw notSimulated(`buckets with ${ownership}`);
        buckets.putBucket(input.Bucket ?? '', { ownership });
        return {};
      },
    ),
    PutBucketNotificationConfiguration: guard.operation(
      access('PutBucketNotification'),
      (input: sdk.PutBucketNotificationConfigurationCommandInput) => {
        buckets.get(input.Bucket);
        if (Object.values(input.NotificationConfiguration ?? {}).some((value) => value !== undefined)) {
          throw notSimulated('notifications of buckets');
        }
        return {};
      },
    ),
    PutObjectLockConfiguration: guard.operation(
      access('PutBucketObjectLockConfiguration'),
      (input: sdk.PutObjectLockConfigurationCommandInput) => {
        if (buckets.get(input.Bucket).settings.versioning !== 'Enabled') {
          const message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
          throw new AwsError('InvalidBucketState', message, { status: 409 });
        }
        const { Mode: mode, Days, Years } = input.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
        const days = Days ?? (Years === undefined ? undefined : Years * 365);
        buckets.putBucket(input.Bucket ?? '', {
          objectLock: { ...(mode === undefined ? {} : { mode }), ...(days === undefined ? {} : { days }) },
        });
        return {};
      },
    ),
    GetObjectLockConfiguration: guard.operation(access('GetBucketObjectLockConfiguration'), (input) => {
      const { objectLock } = buckets.get(input.Bucket).settings;
      if (!objectLock) {
        const message = 'Object Lock configuration does not exist for this bucket';
        throw new AwsError('ObjectLockConfigurationNotFoundError', message, { status: 404 });
      }
      const { mode, days } = objectLock;
      const rule =
        mode === undefined || days === undefined ? {} : { Rule: { DefaultRetention: { Mode: mode, Days: days } } };
      return { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...rule } };
    }),
  };
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
function bucketName(name: string | undefined): string {
  if (name !== undefined && /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { status: 400 });
}

function notSimulated(what: string): AwsError {
  return new AwsError('NotImplemented', `The local cloud does not simulate ${what}.`, { status: 501 });
}

function parsePolicy(text: string | undefined) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new AwsError('MalformedPolicy', 'This policy contains invalid Json', { status: 400 });
  }
}
