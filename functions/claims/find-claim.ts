import * as z from 'zod/mini';
import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { findClaim } from '../../src/claims/find-claim.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, owner: z.string() }),
  output: z.object({ instanceId: z.string() }),
  services: () => s3ClaimStore(homeAws(process.env), setting(process.env, 'STATE_BUCKET')),
  run: (input, claims) => findClaim(input, claims),
});
