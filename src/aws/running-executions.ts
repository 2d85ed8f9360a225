import { DescribeExecutionCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** The executions of a state machine that run now and whose input names this cluster; their ARNs. */
export async function runningExecutions(
  aws: AwsAccess,
  stateMachineArn: string,
  cluster: string,
): Promise<readonly string[]> {
  const client = aws.client(SFNClient);
  const pages = await allPages(paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' }));
  const arns = pages.flatMap(({ executions = [] }) => executions.flatMap(({ executionArn }) => executionArn ?? []));
  const inputs = await Promise.all(
    arns.map((executionArn) =>
      awsCallUnless(['ExecutionDoesNotExist'], client.send(new DescribeExecutionCommand({ executionArn }))),
    ),
  );
  return arns.filter((_, index) => clusterIn(inputs[index]?.input) === cluster);
}

function clusterIn(input: string | undefined): unknown {
  const value: unknown = JSON.parse(input ?? 'null');
  return typeof value === 'object' && value !== null && 'cluster' in value ? value.cluster : undefined;
}
