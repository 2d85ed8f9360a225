import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { syncLoadBalancers } from '../../src/loadbalancers/sync-load-balancers.ts';
import { task } from '../../src/runtime/task.ts';
import { syncOf } from '../../src/wiring/sync-of.ts';

const list = z.readonly(z.array(z.string()));

export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ registered: list, deregistered: list, drift: list }),
  services: ({ cluster }, { now }) => syncOf(cluster, process.env, now),
  run: (_, { cluster, ports }, { now, logger }) =>
    syncLoadBalancers(cluster, ports, now, (drift) => logger.warn('load balancers drift', { drift })),
  counters: ({ registered, deregistered, drift }) => ({
    TargetsRegistered: registered.length,
    TargetsDeregistered: deregistered.length,
    LoadBalancerDrift: drift.length,
  }),
});
