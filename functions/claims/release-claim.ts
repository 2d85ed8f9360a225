import * as z from 'zod/mini';
import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { releaseClaim } from '../../src/claims/release-claim.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    owner: z.optional(z.string()),
    offered: z.optional(z.boolean()),
  }),
  output: z.object({ released: z.boolean() }),
  services: () => s3ClaimStore(homeAws(process.env), setting(process.env, 'STATE_BUCKET')),
  run: (input, claims, { execution = 'none', now }) =>
    releaseClaim({ ...input, owner: input.owner ?? execution }, claims, now()),
});
