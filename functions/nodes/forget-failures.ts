import * as z from 'zod/mini';
import { s3EvidenceStore } from '../../src/aws/s3-evidence-store.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { forgetFailures } from '../../src/nodes/forget-failures.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    groupName: z.string(),
    template: z.object({ id: z.string(), version: z.string() }),
  }),
  output: z.object({ forgotten: z.literal(true) }),
  services: () => s3EvidenceStore(homeAws(process.env), setting(process.env, 'STATE_BUCKET')),
  run: (input, evidence) => forgetFailures(input, evidence),
});
