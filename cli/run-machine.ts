import { randomUUID } from 'node:crypto';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { awsCallUnless } from '../src/aws/errors.ts';
import { homeAws } from '../src/wiring/registered-cluster.ts';
import type { Deployment } from './deployment.ts';
import { WorkflowNotDeployed } from './errors.ts';
import { runsOf } from './on-deployment.ts';
import { followRun } from './run/follow-run.ts';
import type { CommandContext } from './surroundings.ts';

/** What came of an execution: its output, or only that it runs. */
export type Ran = { readonly execution: string; readonly output?: Readonly<Record<string, unknown>> };

/**
 * Starts a state machine of a deployment, as one would in the console, and waits for its end unless told not to. Whoever interrupts the command
 * leaves the execution running.
 * @throws WorkflowNotDeployed, ExecutionFailed, and what AWS throws
 */
export async function runMachine(
  context: CommandContext,
  deployment: Deployment,
  workflow: string,
  input: object,
  { wait }: { readonly wait: boolean },
): Promise<Ran> {
  const { environment, machinePrefix } = deployment;
  const states = homeAws(environment).client(SFNClient);
  const command = new StartExecutionCommand({
    stateMachineArn: `${machinePrefix}${workflow}`,
    name: `cli-${randomUUID()}`,
    input: JSON.stringify(input),
  });
  const started = await awsCallUnless(['StateMachineDoesNotExist'], states.send(command));
  const execution = started?.executionArn;
  if (execution === undefined) throw new WorkflowNotDeployed(workflow);
  context.err.write(`${wait ? 'running' : 'started'} ${execution}\n`);
  if (!wait) return { execution };
  const { output } = await followRun(context, runsOf(deployment), execution);
  return { execution, output };
}
