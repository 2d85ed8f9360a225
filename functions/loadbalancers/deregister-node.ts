import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { deregisterNode } from '../../src/loadbalancers/deregister-node.ts';
import { task } from '../../src/runtime/task.ts';
import { departuresOf } from '../../src/wiring/departures-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    /** The instance's primary private address; empty when it is not known, as of one that is gone. */
    ipAddress: z._default(z.string(), ''),
    /** Its Auto Scaling group; empty when it is in none. */
    groupName: z._default(z.string(), ''),
    /** Whether the node could as well stay: then it is refused where it is the last healthy target. */
    voluntary: z._default(z.boolean(), false),
  }),
  output: z.object({
    deregistered: z.number(),
    targets: z.readonly(z.array(z.string())),
    quietUntil: z.iso.datetime(),
    outAt: z.iso.datetime(),
    lookAgainSeconds: z.number(),
  }),
  services: ({ cluster }) => departuresOf(cluster, process.env),
  run: (input, { roles, ports }, { now }) => deregisterNode(input, roles, ports, now),
  counters: ({ deregistered }) => ({ TargetsDeregistered: deregistered }),
});
