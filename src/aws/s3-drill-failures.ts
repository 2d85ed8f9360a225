import * as z from 'zod/mini';
import type { DrillFailures } from '../etcd/drill-ports.ts';
import { drillKey } from '../etcd/names.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const Failure = z.object({ cluster: z.string(), run: z.string(), name: z.string(), message: z.string() });

/** What drills on Fargate failed with, as objects `drills/<cluster>/<run>.json` in the state bucket. */
export function s3DrillFailures(aws: AwsAccess, bucket: string): DrillFailures {
  const objects = s3JsonObjects(aws, bucket, Failure);
  return {
    read: async (cluster, run) => (await objects.read(drillKey(cluster, run)))?.value,
    async keep(failure) {
      await putJson(aws, bucket, drillKey(failure.cluster, failure.run), failure);
    },
  };
}
