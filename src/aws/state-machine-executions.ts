import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Executions } from '../claims/ports.ts';
import type { OwnersOfHooks } from '../userhooks/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** What Step Functions says about executions. */
export function stateMachineExecutions(aws: AwsAccess): Executions & OwnersOfHooks {
  const stepFunctions = aws.client(SFNClient);
  return {
    async describe(executionArn) {
      const command = new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' });
      const found = await awsCallUnless(['ExecutionDoesNotExist'], stepFunctions.send(command));
      return found?.status && { status: found.status, endedAt: found.stopDate };
    },
  };
}
