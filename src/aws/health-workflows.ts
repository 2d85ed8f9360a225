import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { HealthWorkflows, KnownExecution, Work } from '../health/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';
import { stateMachines } from './state-machines.ts';

/** Executions that health passes start and ask about. @param arns of state machines, by workflow */
export function healthWorkflows(aws: AwsAccess, arns: Readonly<Record<string, string>>): HealthWorkflows {
  const client = aws.client(SFNClient);
  const machines = stateMachines(aws, arns);
  const describe = async (executionArn: string): Promise<KnownExecution | undefined> => {
    const answer = await awsCallUnless(
      ['ExecutionDoesNotExist'],
      client.send(new DescribeExecutionCommand({ executionArn })),
    );
    return (
      answer && {
        status: answer.status ?? 'UNKNOWN',
        outcome: outcomeOf(objectOf(answer.output), answer.cause),
        endedAt: answer.stopDate?.toISOString() ?? '',
        input: objectOf(answer.input),
      }
    );
  };
  return {
    describe,
    named: async (workflow, name) => {
      const machine = arns[workflow];
      return machine === undefined
        ? undefined
        : describe(`${machine.replace(':stateMachine:', ':execution:')}:${name}`);
    },
    async running(workflow, cluster) {
      const stateMachineArn = arns[workflow];
      if (stateMachineArn === undefined) return [];
      const pages = await allPages(paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' }));
      const listed = pages.flatMap(({ executions = [] }) => executions);
      const known = await Promise.all(listed.map(({ executionArn = '' }) => describe(executionArn)));
      return listed.flatMap((one, index) => {
        const input = known[index]?.input;
        return input?.cluster === cluster ? [workOf(workflow, one, input)] : [];
      });
    },
    async start(workflow, name, input) {
      await machines.start(workflow, name, input);
    },
  };
}

function workOf(
  workflow: string,
  { name = '', startDate }: ExecutionListItem,
  { instanceId, nodeName, reason }: Readonly<Record<string, unknown>>,
): Work {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    instanceId: text(instanceId),
    nodeName: text(nodeName),
    groupName: '',
    zone: '',
    workflow,
    execution: name,
    reason: text(reason) || 'by hand',
    since: startDate?.toISOString() ?? '',
  };
}

function outcomeOf({ outcome, rung, remark }: Readonly<Record<string, unknown>>, cause: string | undefined): string {
  if (cause !== undefined && cause !== '') return cause;
  const words = [outcome, rung && `by ${String(rung)}`, remark];
  return words.filter((one) => typeof one === 'string' && one !== '').join(' ');
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text ?? '{}');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
