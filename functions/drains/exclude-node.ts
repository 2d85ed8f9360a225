import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { excludeNode } from '../../src/drains/exclude-node.ts';
import { task } from '../../src/runtime/task.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    owner: z.string(),
    reason: z.string(),
  }),
  output: z.object({ excluded: z.boolean() }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: (input, { ports }) => excludeNode(input, ports),
});
