import type * as sdk from '@aws-sdk/client-s3';
import type { Operations } from '../cloud/service.ts';
import type { BucketSettings } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import type { Guard } from './guard.ts';
import { bucketAccess } from './object-access.ts';

type OnBucket = { readonly Bucket?: string | undefined };

/** What takes settings of buckets away, and where a bucket is. */
export function bucketRemovals(buckets: Buckets, guard: Guard): Operations<typeof sdk> {
  const access = (action: string) => (input: OnBucket) => [bucketAccess(action, input.Bucket)];
  const forget = (action: string, name: keyof BucketSettings) =>
    guard.operation(access(action), (input: OnBucket) => {
      const bucket = buckets.get(input.Bucket);
      const { [name]: _, ...settings } = bucket.settings;
      bucket.settings = settings;
      return {};
    });
  return {
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html: taking away needs what setting needs.
    DeleteBucketEncryption: forget('PutEncryptionConfiguration', 'encryption'),
    DeleteBucketLifecycle: forget('PutLifecycleConfiguration', 'lifecycleRules'),
    DeletePublicAccessBlock: forget('PutBucketPublicAccessBlock', 'publicAccessBlock'),
    DeleteBucketTagging: forget('PutBucketTagging', 'tags'),
    DeleteBucketOwnershipControls: forget('PutBucketOwnershipControls', 'ownership'),
    GetBucketLocation: guard.operation(access('GetBucketLocation'), (input: OnBucket, { region }) => {
      buckets.get(input.Bucket);
      return region === 'us-east-1' ? {} : { LocationConstraint: region as sdk.BucketLocationConstraint };
    }),
  };
}
