import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { undoDrain } from '../../src/drains/undo-drain.ts';
import { task } from '../../src/runtime/task.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    owner: z.string(),
    why: z.string(),
  }),
  output: z.object({ undone: z.readonly(z.array(z.string())) }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: (input, { ports }) => undoDrain(input, ports),
});
