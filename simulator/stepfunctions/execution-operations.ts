import type * as Sfn from '@aws-sdk/client-sfn';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type Operations } from '../cloud/service.ts';
import type { ExecutionRecord, Executions } from './executions.ts';
import type { StateMachines } from './state-machines.ts';

type ExecutionOperations = Pick<
  Operations<typeof Sfn>,
  | 'StartExecution'
  | 'StartSyncExecution'
  | 'DescribeExecution'
  | 'GetExecutionHistory'
  | 'ListExecutions'
  | 'StopExecution'
  | 'DescribeStateMachineForExecution'
>;

/** Starting, stopping and looking at executions. https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
export function executionOperations(executions: Executions, machines: StateMachines): ExecutionOperations {
  const onMachine = (action: string) => (input: { stateMachineArn?: string | undefined }) =>
    access(action, input.stateMachineArn);
  const onExecution = (action: string) => (input: { executionArn?: string | undefined }) =>
    access(action, input.executionArn);
  return {
    StartExecution: {
      access: onMachine('states:StartExecution'),
      run: (input) => {
        const { arn, run } = executions.start(input.stateMachineArn ?? '', input.input ?? '{}', input.name);
        return { executionArn: arn, startDate: new Date(run.startedAt) };
      },
    },
    StartSyncExecution: {
      access: onMachine('states:StartSyncExecution'),
      run: async (input) => {
        const { record } = machines.find(input.stateMachineArn ?? '');
        if (record.type !== 'EXPRESS') {
          throw new AwsError(
            'StateMachineTypeNotSupported',
            'This operation is not supported by this type of state machine',
          );
        }
        const execution = executions.start(input.stateMachineArn ?? '', input.input ?? '{}', input.name);
        await execution.run.finished;
        return syncResult(execution);
      },
    },
    DescribeExecution: {
      access: onExecution('states:DescribeExecution'),
      run: (input) => describe(executions.find(input.executionArn ?? '')),
    },
    GetExecutionHistory: {
      access: onExecution('states:GetExecutionHistory'),
      run: (input) => {
        const { history } = executions.find(input.executionArn ?? '').run;
        const ordered = input.reverseOrder ? history.toReversed() : history;
        const page = pageOf(ordered, Math.min(input.maxResults || 100, 1000), input.nextToken, 'InvalidToken');
        const events = input.includeExecutionData === false ? page.items.map(withoutData) : page.items;
        return { events, ...(page.next ? { nextToken: page.next } : {}) };
      },
    },
    ListExecutions: {
      access: onMachine('states:ListExecutions'),
      run: (input) => {
        const { record } = machines.find(input.stateMachineArn ?? '');
        if (record.type === 'EXPRESS') {
          throw new AwsError(
            'StateMachineTypeNotSupported',
            'This operation is not supported by this type of state machine',
          );
        }
        const fitting = executions
          .list()
          .filter(
            ({ stateMachine, run }) =>
              stateMachine.arn === record.arn && (!input.statusFilter || statusOf(run) === input.statusFilter),
          )
          .toReversed();
        const page = pageOf(fitting, input.maxResults || 100, input.nextToken, 'InvalidToken');
        return { executions: page.items.map(listItem), ...(page.next ? { nextToken: page.next } : {}) };
      },
    },
    StopExecution: {
      access: onExecution('states:StopExecution'),
      // Stopping what is over already changes nothing and answers when it ended.
      run: (input) => {
        const { run } = executions.find(input.executionArn ?? '');
        run.stop(input.error, input.cause);
        return { stopDate: new Date(run.stoppedAt ?? run.startedAt) };
      },
    },
    DescribeStateMachineForExecution: {
      access: onExecution('states:DescribeStateMachineForExecution'),
      run: (input) => {
        const { stateMachine, revision } = executions.find(input.executionArn ?? '');
        return {
          stateMachineArn: stateMachine.arn,
          name: stateMachine.name,
          definition: revision.definition,
          roleArn: revision.roleArn,
          updateDate: revision.updatedAt,
          revisionId: revision.revisionId,
          loggingConfiguration: { level: 'OFF', includeExecutionData: false },
          tracingConfiguration: { enabled: false },
        };
      },
    },
  };
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
function access(action: string, arn: string | undefined): readonly Access[] {
  return [{ action, resource: arn ?? '*' }];
}

function statusOf(run: ExecutionRecord['run']): Sfn.ExecutionStatus {
  return run.outcome?.status ?? 'RUNNING';
}

function describe(execution: ExecutionRecord): Sfn.DescribeExecutionOutput {
  const { run } = execution;
  const { outcome } = run;
  const redrivable = outcome !== undefined && outcome.status !== 'SUCCEEDED';
  return {
    ...listItem(execution),
    input: run.inputText,
    inputDetails: { included: true },
    ...(outcome?.status === 'SUCCEEDED' ? { output: outcome.output, outputDetails: { included: true } } : {}),
    ...failureOf(execution),
    redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(redrivable ? {} : { redriveStatusReason: `Execution is ${statusOf(run)} and cannot be redriven` }),
  };
}

function listItem({ arn, name, stateMachine, versionArn, run }: ExecutionRecord): Sfn.ExecutionListItem {
  return {
    executionArn: arn,
    stateMachineArn: stateMachine.arn,
    name,
    status: statusOf(run),
    startDate: new Date(run.startedAt),
    ...(run.stoppedAt === undefined ? {} : { stopDate: new Date(run.stoppedAt) }),
    ...(versionArn === undefined ? {} : { stateMachineVersionArn: versionArn }),
    redriveCount: 0,
  };
}

function failureOf({ run }: ExecutionRecord): { readonly error?: string; readonly cause?: string } {
  const { outcome } = run;
  if (!outcome || outcome.status === 'SUCCEEDED') return {};
  const { error, cause } = outcome;
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

function syncResult(execution: ExecutionRecord): Sfn.StartSyncExecutionOutput {
  const { arn, name, stateMachine, run } = execution;
  const { outcome } = run;
  const stoppedAt = run.stoppedAt ?? run.startedAt;
  const status = outcome?.status === 'SUCCEEDED' || outcome?.status === 'TIMED_OUT' ? outcome.status : 'FAILED';
  return {
    executionArn: arn,
    stateMachineArn: stateMachine.arn,
    name,
    startDate: new Date(run.startedAt),
    stopDate: new Date(stoppedAt),
    status,
    input: run.inputText,
    inputDetails: { included: true },
    ...(outcome?.status === 'SUCCEEDED' ? { output: outcome.output, outputDetails: { included: true } } : {}),
    ...failureOf(execution),
    // https://aws.amazon.com/step-functions/pricing/: durations are billed in 100 ms, memory in chunks of 64 MB.
    billingDetails: {
      billedMemoryUsedInMB: 64,
      billedDurationInMilliseconds: Math.max(100, Math.ceil((stoppedAt - run.startedAt) / 100) * 100),
    },
  };
}

/** The event without inputs and outputs (`includeExecutionData: false`). */
function withoutData(event: Sfn.HistoryEvent): Sfn.HistoryEvent {
  const data = new Set(['input', 'output', 'parameters', 'assignedVariables']);
  const strip = (details: object): object =>
    Object.fromEntries(Object.entries(details).filter(([key]) => !data.has(key)));
  const entries = Object.entries(event).map(([key, value]) => [
    key,
    key.endsWith('EventDetails') ? strip(value as object) : value,
  ]);
  return Object.fromEntries(entries) as Sfn.HistoryEvent;
}
