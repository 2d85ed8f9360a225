import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { restartKubelet } from '../../src/repairs/restart-kubelet.ts';
import { task } from '../../src/runtime/task.ts';
import { repairOf } from '../../src/wiring/repair-of.ts';

/** Sends the document that restarts containerd and the kubelet. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    reason: z.string(),
  }),
  output: z.object({ commandId: z.string() }),
  services: ({ cluster }, runtime) => repairOf(cluster, process.env, runtime),
  run: (input, { ports }) => restartKubelet(input, ports),
  counters: ({ commandId }) => ({ KubeletRestarts: commandId === '' ? 0 : 1 }),
});
