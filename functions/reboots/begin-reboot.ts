import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { beginReboot } from '../../src/reboots/begin-reboot.ts';
import { task } from '../../src/runtime/task.ts';
import { rebootOf } from '../../src/wiring/reboot-of.ts';

/** Asks for the reboot of a node that is empty. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    way: z.enum(['agent', 'document', 'reboot', 'lock']),
    bootId: z.string(),
    reason: z.string(),
  }),
  output: z.object({ begun: z.boolean(), why: z.string(), commandId: z.string() }),
  services: ({ cluster }, runtime) => rebootOf(cluster, process.env, runtime),
  run: (input, { policy, ports }, { now, execution = 'none' }) =>
    beginReboot({ ...input, owner: execution }, ports, policy, now()),
  counters: ({ begun }) => ({ NodesRebooted: begun ? 1 : 0 }),
});
