import * as z from 'zod/mini';
import type { Surges } from '../nodes/retire-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Surge = z.object({ groupName: z.string(), desiredBefore: z.number() });

/** Raised capacities as objects `surges/<cluster>/<instanceId>.json` in the state bucket. */
export function s3Surges(aws: AwsAccess, bucket: string): Surges {
  const objects = s3JsonObjects(aws, bucket, Surge);
  const key = (cluster: string, instanceId: string) => `surges/${cluster}/${instanceId}.json`;
  return {
    async noted(cluster, instanceId) {
      return (await objects.read(key(cluster, instanceId)))?.value;
    },
    async note(cluster, instanceId, { groupName, desiredBefore }) {
      // One that is there was noted by this step before, or for an instance that has gone since.
      await objects.write(key(cluster, instanceId), { groupName, desiredBefore }, undefined);
    },
    async forget(cluster, instanceId) {
      const found = await objects.read(key(cluster, instanceId));
      if (found) await objects.delete(key(cluster, instanceId), found.etag);
    },
  };
}
