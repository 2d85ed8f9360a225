import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { launchReplacement } from '../../src/nodes/launch-replacement.ts';
import { task } from '../../src/runtime/task.ts';
import { retireOf } from '../../src/wiring/retire-of.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), groupName: z.string() }),
  output: z.object({ launched: z.boolean(), why: z.string(), inServiceWanted: z.number() }),
  services: ({ cluster }, { now }) => retireOf(cluster, process.env, now),
  run: (input, { ports }) => launchReplacement(input, ports),
});
