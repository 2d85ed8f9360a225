import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkRepair } from '../../src/repairs/check-repair.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { repairOf } from '../../src/wiring/repair-of.ts';

/** Looks whether a rung has mended the node. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    signal: z.string(),
    bootId: z.string(),
    conditions: z.string(),
    rungSince: z.iso.datetime(),
    rung: z.enum(['restart', 'reboot']),
    commandId: z.string(),
    wellSince: TimeOrNothing,
    until: z.iso.datetime(),
    contact: z.object({ lookedAt: TimeOrNothing, awaySince: TimeOrNothing, backSince: TimeOrNothing }),
  }),
  output: z.object({
    next: z.enum(['wait', 'mended', 'failed', 'aside']),
    why: z.string(),
    done: z.boolean(),
    leaves: z.boolean(),
    lookAgainSeconds: z.number(),
    wellSince: z.string(),
    until: z.string(),
    contact: z.object({ lookedAt: z.string(), awaySince: z.string(), backSince: z.string() }),
  }),
  services: ({ cluster }, runtime) => repairOf(cluster, process.env, runtime),
  run: (input, { policy, ports }, { now, execution = 'none' }) =>
    checkRepair({ ...input, owner: execution }, ports, policy, now()),
  counters: ({ next }) => ({ NodesMended: next === 'mended' ? 1 : 0 }),
});
