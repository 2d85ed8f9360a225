import * as z from 'zod/mini';
import { groupCapacities } from '../../src/aws/group-capacities.ts';
import { s3DisruptionLedger } from '../../src/aws/s3-disruption-ledger.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { noteSurge } from '../../src/disruptions/note-surge.ts';
import { luck } from '../../src/runtime/luck.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), owner: z.optional(z.string()) }),
  output: z.object({
    noted: z.boolean(),
    waits: z.boolean(),
    why: z.string(),
    groupName: z.string(),
    desiredBefore: z.number(),
    surgedAt: z.string(),
  }),
  services: async ({ cluster }) => {
    const { aws, home } = await registeredCluster(cluster, process.env);
    return {
      ledgers: s3DisruptionLedger(home, setting(process.env, 'STATE_BUCKET')),
      groups: groupCapacities(aws),
      luck,
    };
  },
  run: (input, services, { now, execution = 'none' }) =>
    noteSurge({ ...input, owner: input.owner ?? execution, at: now().toISOString() }, services),
});
