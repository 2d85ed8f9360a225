import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { task } from '../../src/runtime/task.ts';
import { settleUpdate } from '../../src/updates/settle-update.ts';
import { updateOf } from '../../src/wiring/update-of.ts';

/** Puts back what an update has suspended and marked, however it has ended. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, groupName: z.string(), why: z.string() }),
  output: z.object({
    outcome: z.enum(['settled', 'not-ours', 'none']),
    status: z.enum(['running', 'waiting', 'stopped', 'done', 'rolled-back', 'none']),
    way: z.enum(['image', 'in-place', 'managed', 'none']),
    why: z.string(),
    updated: z.number(),
    groupIsGone: z.boolean(),
  }),
  services: ({ cluster }, { now }) => updateOf(cluster, process.env, now),
  run: (input, of, { now, execution = 'none' }) => settleUpdate({ ...input, execution }, of(input.groupName), now()),
});
