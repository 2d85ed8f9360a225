import * as z from 'zod/mini';
import { classicLoadBalancers } from '../../src/aws/classic-load-balancers.ts';
import { targetGroups } from '../../src/aws/target-groups.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkTargets } from '../../src/loadbalancers/check-targets.ts';
import { task } from '../../src/runtime/task.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    ipAddress: z.string(),
    deadline: z.string(),
  }),
  output: z.object({
    state: z.enum(['healthy', 'waiting', 'late']),
    waitingFor: z.readonly(z.array(z.string())),
    warnings: z.readonly(z.array(z.string())),
    lookAgainSeconds: z.number(),
  }),
  services: async ({ cluster: name }) => {
    const { cluster, aws } = await registeredCluster(name, process.env);
    return {
      roles: cluster.roles,
      ports: { targetGroups: targetGroups(aws), classicLoadBalancers: classicLoadBalancers(aws) },
    };
  },
  run: (input, { roles, ports }, { now }) =>
    checkTargets({ ...input, deadline: new Date(input.deadline) }, roles[input.role], ports, now()),
});
