import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { evictPods } from '../../src/drains/evict-pods.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    owner: z.string(),
    voluntary: z.boolean(),
    startedAt: z.iso.datetime(),
    deadline: TimeOrNothing,
    progressAt: z.iso.datetime(),
    podsLeft: z.number(),
    told: z.string(),
  }),
  output: z.object({
    next: z.enum(['wait', 'drained', 'taint', 'time-up', 'lost']),
    voluntary: z.boolean(),
    evicted: z.number(),
    podsLeft: z.number(),
    blockers: z.readonly(z.array(z.string())),
    told: z.string(),
    progressAt: z.string(),
    lookAgainSeconds: z.number(),
    deadline: z.string(),
    instanceOff: z.boolean(),
    silent: z.boolean(),
    nodeName: z.string(),
    cordoned: z.boolean(),
    apiCalls: z.number(),
  }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: async (input, { ports, policy }, { now, calls }) => ({
    ...(await evictPods(input, ports, policy, now())),
    apiCalls: calls(),
  }),
  counters: ({ evicted }) => ({ PodsEvicted: evicted }),
});
