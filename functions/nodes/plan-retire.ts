import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { USER_HOOK_POINTS, userHookPoints } from '../../src/clusters/user-hooks.ts';
import { planRetire } from '../../src/nodes/plan-retire.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { planRetireOf } from '../../src/wiring/plan-retire-of.ts';

export const handler = task({
  input: z
    .strictObject({
      cluster: ClusterName,
      instanceId: z
        .string()
        .check(z.regex(/^(i-[0-9a-f]{8,17})?$/, 'must be an instance id, as in i-0123456789abcdef0')),
      nodeName: z.string(),
      signal: z.enum([
        'terminate-hook',
        'spot-interruption',
        'rebalance-recommendation',
        'scheduled-maintenance',
        'instance-stopped',
        'instance-terminated',
        'repair',
        'update',
        'manual',
      ]),
      startedAt: z.iso.datetime(),
      deadline: TimeOrNothing,
      hookSince: TimeOrNothing,
      // Absent in executions that began before it was told.
      hookGroup: z.optional(z.string()),
      launchFirst: z.optional(z.boolean()),
      notAfter: z.optional(TimeOrNothing),
      intoPool: z.optional(z.boolean()),
      replaced: z.optional(z.boolean()),
    })
    .check(z.refine(({ instanceId, nodeName }) => instanceId + nodeName !== '', 'needs instanceId or nodeName')),
  output: z.object({
    verdict: z.enum(['drain', 'cordon', 'aside', 'ignore', 'refuse']),
    why: z.string(),
    passes: z.boolean(),
    instanceId: z.string(),
    nodeName: z.string(),
    ipAddress: z.string(),
    zone: z.string(),
    groupName: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    voluntary: z.boolean(),
    hasHook: z.boolean(),
    hookName: z.string(),
    heartbeatSeconds: z.number(),
    heartbeatDue: z.string(),
    deadline: z.string(),
    leaseUntil: z.string(),
    lastStart: z.string(),
    leaves: z.boolean(),
    nodeStays: z.boolean(),
    waitForTargets: z.boolean(),
    launchFirst: z.boolean(),
    unreplaced: z.string(),
    whenDrainFails: z.enum(['continue', 'abandon-and-retain', 'expire']),
    elsewhere: z.boolean(),
    userHooks: z.readonly(z.array(z.enum(USER_HOOK_POINTS))),
  }),
  services: ({ cluster }, { now }) => planRetireOf(cluster, process.env, now),
  run: async (input, { cluster, elsewhere, ports }, { now }) => {
    const plan = await planRetire(input, ports, cluster, now());
    return { ...plan, elsewhere, userHooks: userHookPoints(cluster.userHooks, plan.groupName) };
  },
});
