import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { registerTargets } from '../../src/loadbalancers/register-targets.ts';
import { task } from '../../src/runtime/task.ts';
import { loadBalancersOf } from '../../src/wiring/load-balancers-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    ipAddress: z.string(),
  }),
  output: z.object({
    registered: z.number(),
    gated: z.number(),
    leftAlone: z.readonly(z.array(z.string())),
    lookAgainSeconds: z.number(),
  }),
  services: ({ cluster }) => loadBalancersOf(cluster, process.env),
  run: (input, { roles, ports }) => registerTargets(input, roles[input.role], ports),
});
