import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkReboot } from '../../src/reboots/check-reboot.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { rebootOf } from '../../src/wiring/reboot-of.ts';

/** Looks whether a node has come back from its reboot as it should. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    way: z.enum(['agent', 'document', 'reboot', 'lock']),
    bootId: z.string(),
    osImage: z.string(),
    kernelVersion: z.string(),
    versionDue: z.boolean(),
    commandId: z.string(),
    wellSince: TimeOrNothing,
    until: z.iso.datetime(),
    lookedAt: TimeOrNothing,
  }),
  output: z.object({
    next: z.enum(['wait', 'updated', 'again', 'failed', 'lost', 'aside']),
    why: z.string(),
    leaves: z.boolean(),
    lookAgainSeconds: z.number(),
    osImage: z.string(),
    kernelVersion: z.string(),
    wellSince: z.string(),
    until: z.string(),
    lookedAt: z.string(),
  }),
  services: ({ cluster }, runtime) => rebootOf(cluster, process.env, runtime),
  run: (input, { policy, ports }, { now, execution = 'none' }) =>
    checkReboot({ ...input, owner: execution }, ports, policy, now()),
  counters: ({ next }) => ({ NodesUpdatedInPlace: next === 'updated' ? 1 : 0 }),
});
