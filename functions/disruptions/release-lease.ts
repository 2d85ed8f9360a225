import * as z from 'zod/mini';
import { s3DisruptionLedger } from '../../src/aws/s3-disruption-ledger.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { releaseLease } from '../../src/disruptions/release-lease.ts';
import { luck } from '../../src/runtime/luck.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), owner: z.optional(z.string()) }),
  output: z.object({ released: z.boolean() }),
  services: () => ({ ledgers: s3DisruptionLedger(homeAws(process.env), setting(process.env, 'STATE_BUCKET')), luck }),
  run: (input, services, { execution = 'none' }) =>
    releaseLease({ ...input, owner: input.owner ?? execution }, services),
});
