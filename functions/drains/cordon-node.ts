import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { cordonNode } from '../../src/drains/cordon-node.ts';
import { task } from '../../src/runtime/task.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    owner: z.string(),
    reason: z.string(),
    // Absent in executions that began before it was told.
    intoPool: z.optional(z.boolean()),
  }),
  output: z.object({ cordoned: z.boolean(), alreadyCordoned: z.boolean() }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: (input, { ports }) => cordonNode(input, ports),
});
