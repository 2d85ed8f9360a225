import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, SFNClient } from '@aws-sdk/client-sfn';
import type { Fate, NodeWorkflows } from '../updates/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';
import { fieldsOf } from './running-executions.ts';
import { stateMachines } from './state-machines.ts';

/** Outcomes of node-retire and node-update after which the node is what it should be. */
const MOVED = ['retired', 'updated', 'not-due'];
/** Outcomes of node-retire after which somebody else takes the node away; node-update that was left alone is as good as one that failed. */
const JOINED = ['joined', 'aside'];

/** Executions that updates start for nodes. @param arns of state machines, by workflow */
export function nodeWorkflows(home: AwsAccess, arns: Readonly<Record<string, string>>): NodeWorkflows {
  const client = home.client(SFNClient);
  const machines = stateMachines(home, arns);
  const describe = (executionArn: string) =>
    awsCallUnless(['ExecutionDoesNotExist'], client.send(new DescribeExecutionCommand({ executionArn })));
  return {
    async start(workflow, name, input) {
      await machines.start(workflow, name, input);
    },
    async fate(workflow, name) {
      const machine = arns[workflow];
      if (machine === undefined) throw new Error(`this function was not given a state machine ${workflow}`);
      const answer = await describe(`${machine.replace(':stateMachine:', ':execution:')}:${name}`);
      return answer && fateOf(answer);
    },
    isRunning: async (execution) => (await describe(execution))?.status === 'RUNNING',
  };
}

function fateOf({
  status,
  output,
  cause = '',
}: Pick<DescribeExecutionCommandOutput, 'status' | 'output' | 'cause'>): Fate {
  const fate = { shrunk: false, why: '' };
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return { ...fate, state: 'running' };
  if (status !== 'SUCCEEDED')
    return { ...fate, state: 'failed', why: cause === '' ? `its execution is ${status ?? 'UNKNOWN'}` : cause };
  const { outcome, remark, shrunk } = fieldsOf(output);
  const why = typeof remark === 'string' ? remark : '';
  const said = String(outcome);
  if (!MOVED.includes(said) && !JOINED.includes(said)) return { ...fate, state: 'failed', why: `${said}: ${why}` };
  return { state: MOVED.includes(said) ? 'moved' : 'joined', shrunk: shrunk === true, why };
}
