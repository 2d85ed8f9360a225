import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkDeregistration } from '../../src/loadbalancers/check-deregistration.ts';
import { task } from '../../src/runtime/task.ts';
import { departuresOf } from '../../src/wiring/departures-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    quietUntil: z.iso.datetime(),
    // Absent in executions that began before it was told.
    outAt: z.optional(z.iso.datetime()),
    early: z.optional(z.boolean()),
  }),
  output: z.object({
    done: z.boolean(),
    waitingFor: z.readonly(z.array(z.string())),
    lookAgainSeconds: z.number(),
  }),
  services: ({ cluster }) => departuresOf(cluster, process.env),
  run: ({ quietUntil, outAt = quietUntil, early = false, ...input }, { ports }, { now }) =>
    checkDeregistration({ ...input, early, quietUntil: new Date(quietUntil), outAt: new Date(outAt) }, ports, now()),
});
