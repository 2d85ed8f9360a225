import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { USER_HOOK_POINTS, userHookPoints } from '../../src/clusters/user-hooks.ts';
import { planDrain } from '../../src/drains/plan-drain.ts';
import { isUnreachable } from '../../src/kubernetes/errors.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';

export const handler = task({
  input: z
    .strictObject({
      cluster: ClusterName,
      instanceId: z.string(),
      nodeName: z.string(),
      voluntary: z.boolean(),
      // Executions that began before it was asked for have none.
      byHand: z._default(z.boolean(), false),
      deadline: TimeOrNothing,
      // Executions that began before it was asked for have none.
      asksAndon: z._default(z.boolean(), false),
      preview: z.boolean(),
    })
    .check(z.refine(({ instanceId, nodeName }) => instanceId + nodeName !== '', 'needs instanceId or nodeName')),
  output: z.object({
    instanceId: z.string(),
    nodeName: z.string(),
    ipAddress: z.string(),
    groupName: z.string(),
    zone: z.string(),
    instance: z.enum(['on', 'off', 'gone']),
    node: z.enum(['there', 'gone', 'unknown']),
    maximumSeconds: z.number(),
    userHooks: z.readonly(z.array(z.enum(USER_HOOK_POINTS))),
    held: z.string(),
    preview: z.nullable(
      z.object({
        leave: z.readonly(z.array(z.string())),
        stay: z.readonly(z.array(z.string())),
        blockers: z.readonly(z.array(z.string())),
      }),
    ),
  }),
  services: ({ cluster }, runtime) => drainOf(cluster, process.env, runtime),
  run: async (input, { ports, policy, userHooks }, { now }) => {
    const plan = await planDrain(input, ports, policy, { now: now(), isUnreachable });
    return { ...plan, userHooks: userHookPoints(userHooks, plan.groupName) };
  },
});
