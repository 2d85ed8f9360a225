import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { deregisterTargets } from '../../src/loadbalancers/deregister-targets.ts';
import { task } from '../../src/runtime/task.ts';
import { loadBalancersOf } from '../../src/wiring/load-balancers-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    ipAddress: z.string(),
  }),
  output: z.object({ deregistered: z.number() }),
  services: ({ cluster }) => loadBalancersOf(cluster, process.env),
  run: (input, { roles, ports }) => deregisterTargets(input, roles[input.role], ports),
});
