import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkSickness } from '../../src/repairs/check-sickness.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { planRepairOf } from '../../src/wiring/plan-repair-of.ts';

const Contact = z.object({ lookedAt: TimeOrNothing, awaySince: TimeOrNothing, backSince: TimeOrNothing });

/** Looks whether a node that a repair wants replaced is sick still, before it goes. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    // As the repair found it; later versions of it may tell more.
    sickness: z.object({
      signal: z.string(),
      bootId: z.string(),
      conditions: z.string(),
      rungSince: TimeOrNothing,
      rungDone: z.boolean(),
      asked: z.optional(z.boolean()),
    }),
    contact: Contact,
    until: z.iso.datetime(),
  }),
  output: z.object({
    next: z.enum(['go-on', 'well', 'stopped', 'aside', 'wait']),
    why: z.string(),
    contact: z.object({ lookedAt: z.string(), awaySince: z.string(), backSince: z.string() }),
  }),
  services: ({ cluster }, runtime) => planRepairOf(cluster, process.env, runtime),
  run: async ({ sickness, ...input }, { policyNow, ports }, { now, execution = 'none' }) =>
    checkSickness({ ...input, ...sickness, owner: execution }, ports, await policyNow(), now()),
  counters: ({ next }) => ({ NodesMended: next === 'well' ? 1 : 0 }),
});
