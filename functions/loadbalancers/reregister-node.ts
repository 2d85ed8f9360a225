import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { reregisterNode } from '../../src/loadbalancers/reregister-node.ts';
import { ExecutionArn } from '../../src/runtime/execution-arn.ts';
import { task } from '../../src/runtime/task.ts';
import { departuresOf } from '../../src/wiring/departures-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    // Who has taken it out: a retire, where the drain that it started puts back. Default: the calling execution.
    owner: z.optional(ExecutionArn),
    onlyIfItRuns: z.optional(z.boolean()),
  }),
  output: z.object({ reregistered: z.number(), stillNoted: z.number() }),
  services: ({ cluster }) => departuresOf(cluster, process.env),
  run: (input, { ports }, { execution = 'none' }) =>
    reregisterNode({ ...input, owner: input.owner ?? execution }, ports),
});
