import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { reregisterNode } from '../../src/loadbalancers/reregister-node.ts';
import { task } from '../../src/runtime/task.ts';
import { departuresOf } from '../../src/wiring/departures-of.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string() }),
  output: z.object({ reregistered: z.number() }),
  services: ({ cluster }) => departuresOf(cluster, process.env),
  run: (input, { ports }) => reregisterNode(input, ports),
});
