import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { settleReboot } from '../../src/reboots/settle-reboot.ts';
import { ExecutionArn } from '../../src/runtime/execution-arn.ts';
import { task } from '../../src/runtime/task.ts';
import { rebootOf } from '../../src/wiring/reboot-of.ts';

/** Takes back what an execution wrote on a node for its reboot, once none is on its way any more. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    // Whose marks; a sweep gives the dead execution. Default: the calling execution.
    owner: z.optional(ExecutionArn),
  }),
  output: z.object({ settled: z.boolean(), why: z.string(), lookAgainSeconds: z.number() }),
  services: ({ cluster }, runtime) => rebootOf(cluster, process.env, runtime),
  run: (input, { policy, ports }, { now, execution = 'none' }) =>
    settleReboot({ ...input, owner: input.owner ?? execution }, ports, policy, now()),
});
