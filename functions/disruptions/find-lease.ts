import * as z from 'zod/mini';
import { s3DisruptionLedger } from '../../src/aws/s3-disruption-ledger.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { findLease } from '../../src/disruptions/find-lease.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), owner: z.optional(z.string()) }),
  output: z.object({
    found: z.boolean(),
    instanceId: z.string(),
    groupName: z.string(),
    desiredBefore: z.number(),
    surgedAt: z.string(),
  }),
  services: () => s3DisruptionLedger(homeAws(process.env), setting(process.env, 'STATE_BUCKET')),
  run: (input, ledgers, { execution = 'none' }) => findLease({ ...input, owner: input.owner ?? execution }, ledgers),
});
