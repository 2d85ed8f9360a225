import * as z from 'zod/mini';
import { s3EvidenceStore } from '../../src/aws/s3-evidence-store.ts';
import { judgeFailedJoin } from '../../src/nodes/judge-failed-join.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    // Any text: a join may have failed because of the cluster's name.
    cluster: z.string(),
    instanceId: z.string(),
    template: z.object({ id: z.string(), version: z.string() }),
    runsWorkloads: z.boolean(),
    counts: z.boolean(),
    why: z.string(),
  }),
  output: z.object({ result: z.enum(['ABANDON', 'CONTINUE']), page: z.boolean(), why: z.string() }),
  services: () => s3EvidenceStore(homeAws(process.env), setting(process.env, 'STATE_BUCKET')),
  run: (input, evidence, { now }) => judgeFailedJoin(input, evidence, now()),
  counters: ({ result }) => ({
    JoinsAbandoned: result === 'ABANDON' ? 1 : 0,
    NodesKeptBroken: result === 'CONTINUE' ? 1 : 0,
  }),
});
