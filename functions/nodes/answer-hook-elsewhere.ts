import * as z from 'zod/mini';
import { lifecycleHookAnswers } from '../../src/aws/lifecycle-hook-answers.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { answerHookElsewhere } from '../../src/nodes/answer-hook-elsewhere.ts';
import { task } from '../../src/runtime/task.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    groupName: z.string(),
    hookName: z.string(),
    answer: z.enum(['CONTINUE', 'ABANDON']),
  }),
  output: z.object({ outcome: z.enum(['answered', 'finished']) }),
  services: async ({ cluster: name }) => lifecycleHookAnswers((await registeredCluster(name, process.env)).aws),
  run: ({ cluster: _, ...hook }, hooks) => answerHookElsewhere(hook, hooks),
});
