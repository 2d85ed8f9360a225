import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { prepareReboot } from '../../src/reboots/prepare-reboot.ts';
import { task } from '../../src/runtime/task.ts';
import { rebootOf } from '../../src/wiring/reboot-of.ts';

/** Has the checks before a reboot run, and says whether they have said yes. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    bootId: z.string(),
    until: z.iso.datetime(),
  }),
  output: z.object({ next: z.enum(['ready', 'wait', 'failed']), why: z.string(), lookAgainSeconds: z.number() }),
  services: ({ cluster }, runtime) => rebootOf(cluster, process.env, runtime),
  run: (input, { policy, ports }, { now, execution = 'none' }) =>
    prepareReboot({ ...input, owner: execution }, ports, policy, now()),
});
