import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { awsCall, awsCallUnless } from '../src/aws/errors.ts';
import { homeAws } from '../src/wiring/registered-cluster.ts';
import type { Deployment } from './deployment.ts';
import { ExecutionFailed, WorkflowNotDeployed } from './errors.ts';
import type { CommandContext } from './surroundings.ts';

const LOOK_EVERY_MS = 1_000;

/** What came of an execution: its output, or only that it runs. */
export type Ran = { readonly execution: string; readonly output?: Readonly<Record<string, unknown>> };

/**
 * Starts a state machine of a deployment, as one would in the console, and waits for its end unless told not to. Whoever interrupts the command
 * leaves the execution running.
 * @throws WorkflowNotDeployed, ExecutionFailed, and what AWS throws
 */
export async function runMachine(
  { err }: CommandContext,
  { environment, machinePrefix }: Deployment,
  workflow: string,
  input: object,
  { wait }: { readonly wait: boolean },
): Promise<Ran> {
  const states = homeAws(environment).client(SFNClient);
  const command = new StartExecutionCommand({
    stateMachineArn: `${machinePrefix}${workflow}`,
    name: `cli-${randomUUID()}`,
    input: JSON.stringify(input),
  });
  const started = await awsCallUnless(['StateMachineDoesNotExist'], states.send(command));
  const execution = started?.executionArn;
  if (execution === undefined) throw new WorkflowNotDeployed(workflow);
  err.write(`${wait ? 'running' : 'started'} ${execution}\n`);
  if (!wait) return { execution };
  for (;;) {
    const {
      status,
      output,
      error = '',
      cause = '',
    } = await awsCall(states.send(new DescribeExecutionCommand({ executionArn: execution })));
    if (status === 'SUCCEEDED') return { execution, output: JSON.parse(output ?? '{}') };
    if (status !== 'RUNNING') throw new ExecutionFailed(status ?? 'UNKNOWN', error, cause);
    await sleep(LOOK_EVERY_MS);
  }
}
