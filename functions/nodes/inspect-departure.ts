import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { inspectDeparture } from '../../src/nodes/inspect-departure.ts';
import { task } from '../../src/runtime/task.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string() }),
  output: z.object({
    instance: z.enum(['gone', 'there']),
    leaves: z.boolean(),
    pooled: z.boolean(),
    nodeStays: z.boolean(),
    hookWaits: z.boolean(),
    mayExpire: z.boolean(),
    nodeName: z.string(),
    groupName: z.string(),
    hookName: z.string(),
    elsewhere: z.boolean(),
  }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: async (input, { cluster, elsewhere, ports }, { now }) => ({
    ...(await inspectDeparture(input, ports, cluster, now())),
    elsewhere,
  }),
});
