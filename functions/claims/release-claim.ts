import * as z from 'zod/mini';
import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { stateMachineExecutions } from '../../src/aws/state-machine-executions.ts';
import { releaseClaim } from '../../src/claims/release-claim.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), owner: z.optional(z.string()) }),
  output: z.object({ released: z.boolean() }),
  services: () => {
    const aws = homeAws(process.env);
    return { claims: s3ClaimStore(aws, setting(process.env, 'STATE_BUCKET')), executions: stateMachineExecutions(aws) };
  },
  run: (input, services, { execution = 'none' }) =>
    releaseClaim({ ...input, owner: input.owner ?? execution }, services),
});
