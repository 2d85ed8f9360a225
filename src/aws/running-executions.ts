import { DescribeExecutionCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** An execution that runs. */
export interface RunningExecution {
  readonly arn: string;
  readonly name: string;
  /** ISO 8601. */
  readonly since: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The executions of a state machine that run now and whose input names this cluster. */
export async function runningExecutions(
  aws: AwsAccess,
  stateMachineArn: string,
  cluster: string,
): Promise<readonly RunningExecution[]> {
  return (await allRunning(aws, stateMachineArn)).filter(({ input }) => input.cluster === cluster);
}

/** All executions of a state machine that run now. */
export async function allRunning(aws: AwsAccess, stateMachineArn: string): Promise<readonly RunningExecution[]> {
  const client = aws.client(SFNClient);
  const pages = await allPages(paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' }));
  const listed = pages.flatMap(({ executions = [] }) => executions);
  return Promise.all(
    listed.map(async ({ executionArn: arn = '', name = '', startDate }) => {
      const command = new DescribeExecutionCommand({ executionArn: arn });
      const known = await awsCallUnless(['ExecutionDoesNotExist'], client.send(command));
      return { arn, name, since: startDate?.toISOString() ?? '', input: fieldsOf(known?.input) };
    }),
  );
}

/** The fields of the JSON that an execution was started with, or has ended with; none where it is no object. */
export function fieldsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text ?? '{}');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
