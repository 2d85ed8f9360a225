import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { withdrawReplacement } from '../../src/nodes/withdraw-replacement.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    groupName: z.string(),
    desiredBefore: z.int().check(z.gte(0)),
    // An execution of an earlier version of its machine names neither.
    instanceId: z._default(z.string(), ''),
    surgedAt: z._default(TimeOrNothing, ''),
  }),
  output: z.object({ withdrawn: z.boolean(), why: z.string() }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: (input, { ports }) => withdrawReplacement(input, ports),
});
