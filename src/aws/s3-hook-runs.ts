import * as z from 'zod/mini';
import type { HookRunStore } from '../userhooks/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Runs = z.object({ owner: z.string(), points: z.readonly(z.array(z.string())) });

/** Which hooks of the user's own were run for an instance that leaves: `user-hooks/<cluster>/<instanceId>.json` in the state bucket. */
export function s3HookRuns(aws: AwsAccess, bucket: string): HookRunStore {
  const objects = s3JsonObjects(aws, bucket, Runs);
  const key = (cluster: string, instanceId: string) => `user-hooks/${cluster}/${instanceId}.json`;
  return {
    async read(cluster, instanceId) {
      const found = await objects.read(key(cluster, instanceId));
      return found && { runs: found.value, etag: found.etag };
    },
    write: (cluster, instanceId, runs, etag) => objects.write(key(cluster, instanceId), runs, etag),
  };
}
