import type { ExecutionRecord } from './executions.ts';
import type { JsonObject } from './json.ts';

/**
 * What a `.sync` task shows of its child: DescribeExecution in PascalCase, dates as epoch milliseconds.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export function nestedDescription(execution: ExecutionRecord): JsonObject {
  const { run } = execution;
  const { outcome } = run;
  const failure = outcome && outcome.status !== 'SUCCEEDED' ? outcome : undefined;
  return {
    ...(failure?.cause === undefined ? {} : { Cause: failure.cause }),
    ...(failure?.error === undefined ? {} : { Error: failure.error }),
    ExecutionArn: execution.arn,
    Input: run.inputText,
    InputDetails: { Included: true },
    Name: execution.name,
    ...(outcome?.status === 'SUCCEEDED' ? { Output: outcome.output, OutputDetails: { Included: true } } : {}),
    RedriveCount: 0,
    RedriveStatus: failure ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    StartDate: run.startedAt,
    StateMachineArn: execution.stateMachine.arn,
    Status: outcome?.status ?? 'RUNNING',
    ...(run.stoppedAt === undefined ? {} : { StopDate: run.stoppedAt }),
  };
}
