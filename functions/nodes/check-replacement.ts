import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkReplacement } from '../../src/nodes/check-replacement.ts';
import { task } from '../../src/runtime/task.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, groupName: z.string(), inServiceWanted: z.number() }),
  output: z.object({ arrived: z.boolean(), why: z.string(), lookAgainSeconds: z.number() }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: (input, { ports }) => checkReplacement(input, ports.retiring),
});
