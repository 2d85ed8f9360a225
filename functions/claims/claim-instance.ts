import * as z from 'zod/mini';
import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { stateMachineExecutions } from '../../src/aws/state-machine-executions.ts';
import { claimInstance } from '../../src/claims/claim-instance.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { claimantOf, ExecutionArn } from '../../src/runtime/execution-arn.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    deadline: z.iso.datetime(),
    // For whom; a drain that a retire started claims for the retire. Default: the calling execution.
    owner: z.optional(ExecutionArn),
    // Whether the instance goes in any case.
    leaving: z.optional(z.boolean()),
    // Whether what a drain has left for somebody to put back is left as it is.
    unlessNoted: z.optional(z.boolean()),
  }),
  output: z.object({ claimed: z.boolean(), owner: z.string(), deadline: z.string(), left: z.boolean() }),
  services: () => {
    const aws = homeAws(process.env);
    return { claims: s3ClaimStore(aws, setting(process.env, 'STATE_BUCKET')), executions: stateMachineExecutions(aws) };
  },
  run: ({ unlessNoted, ...input }, services, { now, execution, workflow }) =>
    claimInstance(
      { ...input, ...claimantOf(input.owner, { execution, workflow }), claimedAt: now().toISOString() },
      services,
      unlessNoted,
    ),
});
