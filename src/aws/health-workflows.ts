import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { HealthWorkflows, KnownExecution, Work } from '../health/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';
import { fieldsOf, type RunningExecution, runningExecutions } from './running-executions.ts';
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
        outcome: outcomeOf(fieldsOf(answer.output), answer.cause),
        endedAt: answer.stopDate?.toISOString() ?? '',
        input: fieldsOf(answer.input),
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
      const running = await runningExecutions(aws, stateMachineArn, cluster);
      return running.map((one) => workOf(workflow, one));
    },
    async start(workflow, name, input) {
      await machines.start(workflow, name, input);
    },
  };
}

function workOf(workflow: string, { name, since, input }: RunningExecution): Work {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    instanceId: text(input.instanceId),
    nodeName: text(input.nodeName),
    groupName: '',
    zone: '',
    workflow,
    execution: name,
    reason: text(input.reason) || 'by hand',
    since,
  };
}

function outcomeOf(
  { outcome, rung, before, remark }: Readonly<Record<string, unknown>>,
  cause: string | undefined,
): string {
  if (cause !== undefined && cause !== '') return cause;
  const words = [outcome, before ? `before ${String(before)}:` : rung && `by ${String(rung)}`, remark];
  return words.filter((one) => typeof one === 'string' && one !== '').join(' ');
}
