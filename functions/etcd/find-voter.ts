import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { task } from '../../src/runtime/task.ts';
import { voterOf } from '../../src/wiring/control-plane-of.ts';

/** Whether the member of etcd at a control-plane instance that has joined votes and is well. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string() }),
  output: z.object({ voter: z.boolean(), why: z.string() }),
  services: async ({ cluster }) => ({ find: await voterOf(cluster, process.env) }),
  run: ({ instanceId }, { find }, { execution = 'none' }) => find(instanceId, execution),
});
