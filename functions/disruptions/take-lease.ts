import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { takeLease } from '../../src/disruptions/take-lease.ts';
import { ExecutionArn } from '../../src/runtime/execution-arn.ts';
import { task } from '../../src/runtime/task.ts';
import { leaseServicesOf } from '../../src/wiring/lease-services-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    groupName: z.string(),
    zone: z.string(),
    reason: z.string(),
    voluntary: z.boolean(),
    looks: z.int().check(z.gte(0)),
    // For whom; a drain that a retire started takes it for the retire. Default: the calling execution.
    owner: z.optional(ExecutionArn),
  }),
  output: z.object({ granted: z.boolean(), why: z.string(), lookAgainSeconds: z.number() }),
  services: async ({ cluster }, { now }) => {
    const registered = await registeredCluster(cluster, process.env);
    return { budgets: registered.cluster.disruptions, ports: leaseServicesOf(registered, process.env, now) };
  },
  run: ({ owner, ...input }, { budgets, ports }, { now, execution = 'none' }) =>
    takeLease({ ...input, execution: owner ?? execution, takenAt: now().toISOString() }, ports, budgets),
});
