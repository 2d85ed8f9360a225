import * as z from 'zod/mini';
import { lifecycleHookAnswers } from '../../src/aws/lifecycle-hook-answers.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { recordHeartbeatElsewhere } from '../../src/nodes/record-heartbeat-elsewhere.ts';
import { task } from '../../src/runtime/task.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    groupName: z.string(),
    hookName: z.string(),
  }),
  output: z.object({ stillWaiting: z.boolean() }),
  services: async ({ cluster: name }) => lifecycleHookAnswers((await registeredCluster(name, process.env)).aws),
  run: ({ cluster: _, ...hook }, hooks) => recordHeartbeatElsewhere(hook, hooks),
});
