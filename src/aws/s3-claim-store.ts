import { basename } from 'node:path';
import * as z from 'zod/mini';
import type { ClaimStore } from '../claims/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { NotedTarget } from './noted-target.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Claim = z.object({
  cluster: z.string(),
  instanceId: z.string(),
  owner: z.string(),
  workflow: z.string(),
  claimedAt: z.string(),
  deadline: z.string(),
  leaving: z.optional(z.boolean()),
  offered: z.optional(z.boolean()),
  deregistered: z.optional(z.array(NotedTarget)),
});

/** Claims as objects `claims/<cluster>/<instanceId>.json` in the state bucket. */
export function s3ClaimStore(aws: AwsAccess, bucket: string): ClaimStore {
  const objects = s3JsonObjects(aws, bucket, Claim);
  const key = (cluster: string, instanceId: string) => `claims/${cluster}/${instanceId}.json`;
  return {
    async read(cluster, instanceId) {
      const found = await objects.read(key(cluster, instanceId));
      return found && { claim: found.value, etag: found.etag };
    },
    write: (claim, etag) => {
      const { deregistered, leaving, offered, ...rest } = claim;
      const stored = {
        ...rest,
        ...(leaving && { leaving }),
        ...(offered && { offered }),
        ...(deregistered && { deregistered: [...deregistered] }),
      };
      return objects.write(key(claim.cluster, claim.instanceId), stored, etag);
    },
    delete: (cluster, instanceId, etag) => objects.delete(key(cluster, instanceId), etag),
    list: async (cluster) =>
      (await objects.keys(key(cluster, '').replace('.json', ''))).map((one) => basename(one, '.json')),
  };
}
