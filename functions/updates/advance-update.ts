import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { task } from '../../src/runtime/task.ts';
import { advanceUpdate } from '../../src/updates/advance-update.ts';
import { updateOf } from '../../src/wiring/update-of.ts';

/** One turn of an update. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    groupName: z.string(),
    said: z.optional(
      z.object({
        point: z.enum(['', 'before-update-wave', 'after-update-wave']),
        wave: z.int(),
        passed: z.boolean(),
        why: z.string(),
      }),
    ),
  }),
  output: z.object({
    verdict: z.enum(['again', 'hooks', 'wait', 'stop', 'done', 'rolled-back', 'overtaken']),
    why: z.string(),
    lookAgainSeconds: z.number(),
    phase: z.enum(['canary', 'bake', 'waves', 'roll-back']),
    updated: z.number(),
    hooks: z.object({ point: z.string(), wave: z.number() }),
    heard: z.boolean(),
    problem: z.string(),
  }),
  services: ({ cluster }, { now }) => updateOf(cluster, process.env, now),
  run: async ({ cluster, groupName, said }, of, { now, logger, execution = 'none' }) => {
    const outcome = await advanceUpdate({ cluster, groupName, execution, said }, of(groupName), now);
    if (outcome.problem !== '') logger.warn('a turn of the update had a problem', { problem: outcome.problem });
    return outcome;
  },
});
