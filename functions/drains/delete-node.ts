import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { deleteNode } from '../../src/drains/delete-node.ts';
import { task } from '../../src/runtime/task.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
  }),
  output: z.object({ deleted: z.boolean() }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: (input, { ports }) => deleteNode(input, ports.nodes),
});
