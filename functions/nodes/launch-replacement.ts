import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { launchReplacement } from '../../src/nodes/launch-replacement.ts';
import { task } from '../../src/runtime/task.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, groupName: z.string(), desiredBefore: z.int().check(z.gte(0)) }),
  output: z.object({ inServiceWanted: z.number() }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: (input, { ports }) => launchReplacement(input, ports.retiring),
});
