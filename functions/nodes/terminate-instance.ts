import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { terminateInstance } from '../../src/nodes/terminate-instance.ts';
import { task } from '../../src/runtime/task.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    shrink: z.boolean(),
    atLeast: z._default(z.number(), 0),
  }),
  output: z.object({ outcome: z.enum(['terminating', 'leaving']), shrunk: z.boolean() }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: (input, { ports }) => terminateInstance(input, ports),
});
