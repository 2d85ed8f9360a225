import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { rebootInstance } from '../../src/repairs/reboot-instance.ts';
import { task } from '../../src/runtime/task.ts';
import { repairOf } from '../../src/wiring/repair-of.ts';

/** Reboots the instance of a sick node, once it is empty or does not answer. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    bootId: z.string(),
    reason: z.string(),
  }),
  output: z.object({ outcome: z.enum(['rebooting', 'not-running', 'booted']) }),
  services: ({ cluster }, runtime) => repairOf(cluster, process.env, runtime),
  run: (input, { ports }) => rebootInstance(input, ports),
  counters: ({ outcome }) => ({ NodesRebooted: outcome === 'rebooting' ? 1 : 0 }),
});
