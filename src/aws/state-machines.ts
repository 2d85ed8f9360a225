import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Workflows } from '../signals/ports.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** Tries for some seconds: what a function of a signal cannot start waits for that function's second call, a minute later, and a hook may not have the minute. */
class PatientStates extends SFNClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, maxAttempts: Math.max(settings.maxAttempts, 8) });
  }
}

/**
 * Starts state machines.
 *
 * @param arns of those that this function may start, by workflow
 */
export function stateMachines(aws: AwsAccess, arns: Readonly<Record<string, string>>): Workflows {
  const stepFunctions = aws.client(PatientStates);
  return {
    has: (workflow) => arns[workflow] !== undefined,
    async start(workflow, name, input) {
      const stateMachineArn = arns[workflow];
      if (stateMachineArn === undefined)
        throw new Error(`this function was not given a state machine ${workflow} to start`);
      const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
      return (await awsCallUnless(['ExecutionAlreadyExists'], stepFunctions.send(command)))
        ? 'started'
        : 'already-started';
    },
  };
}
