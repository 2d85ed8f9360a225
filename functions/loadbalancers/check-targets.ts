import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkTargets } from '../../src/loadbalancers/check-targets.ts';
import { task } from '../../src/runtime/task.ts';
import { leavingOf } from '../../src/wiring/leaving-of.ts';
import { loadBalancersOf } from '../../src/wiring/load-balancers-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    ipAddress: z.string(),
    deadline: z.string(),
  }),
  output: z.object({
    state: z.enum(['healthy', 'waiting', 'late', 'leaving']),
    waitingFor: z.readonly(z.array(z.string())),
    warnings: z.readonly(z.array(z.string())),
    lookAgainSeconds: z.number(),
  }),
  services: async ({ cluster }) => {
    const { roles, ports } = await loadBalancersOf(cluster, process.env);
    return { roles, ports: { ...ports, leaving: leavingOf(process.env) } };
  },
  run: (input, { roles, ports }, { now, execution: owner = 'none' }) =>
    checkTargets({ ...input, owner, deadline: new Date(input.deadline) }, roles[input.role], ports, now()),
});
