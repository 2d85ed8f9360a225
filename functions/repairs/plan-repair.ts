import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { planRepair } from '../../src/repairs/plan-repair.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { planRepairOf } from '../../src/wiring/plan-repair-of.ts';

const Rung = z.enum(['restart', 'reboot', 'replace', 'page']);
const Tried = z.object({ rung: Rung, outcome: z.string(), seconds: z.number() });

/** Says which rung of its ladder a sick node is to be given next. */
export const handler = task({
  input: z
    .strictObject({
      cluster: ClusterName,
      instanceId: z
        .string()
        .check(z.regex(/^(i-[0-9a-f]{8,17})?$/, 'must be an instance id, as in i-0123456789abcdef0')),
      nodeName: z.string(),
      signal: z.string(),
      ladder: z.array(Rung),
      from: z.union([Rung, z.literal('')], 'must be restart, reboot, replace or page'),
      tried: z.array(Tried),
      rungDone: z.boolean(),
      bootId: z.string(),
      conditions: z.string(),
      rungSince: TimeOrNothing,
      planOnly: z.boolean(),
      contact: z.object({ lookedAt: TimeOrNothing, awaySince: TimeOrNothing, backSince: TimeOrNothing }),
    })
    .check(z.refine(({ instanceId, nodeName }) => instanceId + nodeName !== '', 'needs instanceId or nodeName')),
  output: z.object({
    verdict: z.enum(['restart', 'reboot', 'replace', 'page', 'mended', 'aside', 'stopped', 'wait']),
    why: z.string(),
    instanceId: z.string(),
    nodeName: z.string(),
    ipAddress: z.string(),
    groupName: z.string(),
    zone: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    bootId: z.string(),
    conditions: z.string(),
    answers: z.boolean(),
    leaves: z.boolean(),
    inService: z.number(),
    launchFirst: z.boolean(),
    rungSeconds: z.number(),
    skipped: z.readonly(z.array(Tried)),
    rungs: z.readonly(z.array(Rung)),
    contact: z.object({ lookedAt: z.string(), awaySince: z.string(), backSince: z.string() }),
  }),
  services: ({ cluster }, runtime) => planRepairOf(cluster, process.env, runtime),
  run: async ({ from, ...input }, { policyNow, ports }, { now, execution = 'none' }) =>
    planRepair({ ...input, owner: execution, ...(from !== '' && { from }) }, ports, await policyNow(), now()),
});
