import * as sdk from '@aws-sdk/client-s3';
import { defineService, type Service } from '../cloud/service.ts';
import { bucketOperations } from './bucket-operations.ts';
import { bucketRemovals } from './bucket-removals.ts';
import { Guard, type S3Settings } from './guard.ts';
import { listingOperations } from './listing-operations.ts';
import { multipartOperations } from './multipart-operations.ts';
import { objectOperations } from './object-operations.ts';

/** S3. Reads see every write at once, as S3's do; nothing is eventually consistent. */
export function s3Service(settings: S3Settings): Service {
  const guard = new Guard(settings);
  const { buckets } = settings;
  return defineService('s3', sdk, {
    ...bucketOperations(buckets, guard),
    ...bucketRemovals(buckets, guard),
    ...objectOperations(buckets, guard),
    ...multipartOperations(buckets, guard),
    ...listingOperations(buckets, guard),
  });
}
