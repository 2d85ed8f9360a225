import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { beginUpdate } from '../../src/updates/begin-update.ts';
import { updateOf } from '../../src/wiring/update-of.ts';

const Launches = z.object({ launchTemplateId: z.string(), version: z.string(), imageId: z.string() });

/** Takes the update of a group, and suspends what would come in its way. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    groupName: z.string(),
    resume: z.boolean(),
    rollBack: z.boolean(),
    now: z.boolean(),
    reason: z.string(),
    by: z.string(),
    plan: z.object({
      way: z.enum(['image', 'in-place', 'managed']),
      target: Launches,
      previous: Launches,
      followed: z.string(),
      launchedBefore: TimeOrNothing,
      managed: z._default(z.nullable(z.object({ clusterName: z.string(), nodeGroup: z.string() })), null),
    }),
  }),
  output: z.object({ begun: z.boolean(), why: z.string() }),
  services: ({ cluster }, { now }) => updateOf(cluster, process.env, now),
  run: (input, of, { now, execution = 'none' }) => beginUpdate({ ...input, execution }, of(input.groupName), now()),
});
