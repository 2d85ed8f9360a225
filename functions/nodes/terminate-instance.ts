import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { terminateInstance } from '../../src/nodes/terminate-instance.ts';
import { task } from '../../src/runtime/task.ts';
import { terminationOf } from '../../src/wiring/termination-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    // Absent in executions that began before it was told.
    voluntary: z._default(z.boolean(), false),
    shrink: z.boolean(),
    atLeast: z._default(z.number(), 0),
  }),
  output: z.object({ outcome: z.enum(['terminating', 'leaving', 'stays']), why: z.string(), shrunk: z.boolean() }),
  services: ({ cluster }, { now }) => terminationOf(cluster, process.env, now),
  run: (input, ports, { execution = 'none' }) => terminateInstance({ ...input, owner: execution }, ports),
});
