import type { BusEvent } from '../cloud/ports.ts';
import type { ExecutionRecord } from './executions.ts';

/**
 * The event that an execution started or ended. Times are epoch milliseconds, input and output are texts.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function statusChangeEvent(execution: ExecutionRecord): BusEvent {
  const { run } = execution;
  const { outcome } = run;
  const output = outcome?.status === 'SUCCEEDED' ? outcome.output : null;
  const failure = outcome && outcome.status !== 'SUCCEEDED' ? outcome : undefined;
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachine.arn,
      name: execution.name,
      status: outcome?.status ?? 'RUNNING',
      startDate: run.startedAt,
      stopDate: run.stoppedAt ?? null,
      input: run.inputText,
      inputDetails: { included: true },
      output,
      outputDetails: output === null ? null : { included: true },
      stateMachineVersionArn: execution.versionArn ?? null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: failure ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: redriveReason(outcome?.status),
      error: failure?.error ?? null,
      cause: failure?.cause ?? null,
    },
  };
}

function redriveReason(status: string | undefined): string | null {
  if (status === undefined) return 'Execution is RUNNING and cannot be redriven';
  return status === 'SUCCEEDED' ? 'Execution is SUCCEEDED and cannot be redriven' : null;
}
