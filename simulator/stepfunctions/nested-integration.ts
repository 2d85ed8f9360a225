import { AwsError } from '../cloud/service.ts';
import { type IntegrationPorts, type NestedExecution, roleCaller } from './integration-ports.ts';
import { isObject, type Json } from './json.ts';
import { sdkMetadata } from './sdk-metadata.ts';
import { StateError } from './state-error.ts';
import type { TaskIntegration, TaskOrigin } from './task-integration.ts';

/**
 * `states:startExecution`, plain, `.sync`, `.sync:2` and `.waitForTaskToken`. A `.sync` task that ends before its child stops the child.
 * `.sync` shows the child's Output as a text, `.sync:2` as JSON.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export function nestedIntegration(
  ports: IntegrationPorts,
  pattern: 'response' | 'sync' | 'sync:2' | 'waitForTaskToken',
): TaskIntegration {
  return {
    call: async (args, origin) => {
      const child = start(ports, args, origin);
      const response = { ExecutionArn: child.executionArn, ...sdkMetadata(ports.world), StartDate: child.startDate };
      if (pattern === 'response' || pattern === 'waitForTaskToken') return { response };
      origin.cancellation.onCancel(() => child.stop('The parent execution stopped waiting for this execution'));
      return { response, completion: completion(child, pattern) };
    },
  };
}

function start(ports: IntegrationPorts, args: Json, origin: TaskOrigin): NestedExecution {
  const { StateMachineArn, Input, Name } = isObject(args) ? args : {};
  const arn = String(StateMachineArn ?? '');
  const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
  const input = typeof Input === 'string' ? Input : JSON.stringify(Input ?? {});
  try {
    ports.authorize(caller, { action: 'states:StartExecution', resource: arn });
    return ports.startNested(arn, input, typeof Name === 'string' ? Name : undefined);
  } catch (error) {
    throw error instanceof AwsError ? startFailure(ports, error) : error;
  }
}

function startFailure(ports: IntegrationPorts, error: AwsError): StateError {
  const requestId = ports.world.random.for('states:requests').uuid();
  const name = /AccessDenied/.test(error.code)
    ? 'AWSStepFunctionsException'
    : `${error.code.replace(/Exception$/, '')}Exception`;
  const details = `(Service: AWSStepFunctions; Status Code: ${error.status ?? 400}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`;
  return new StateError(`StepFunctions.${name}`, `${error.message} ${details}`);
}

// A child that did not succeed fails the task with States.TaskFailed; the cause is the child's description.
async function completion(child: NestedExecution, pattern: 'sync' | 'sync:2'): Promise<Json> {
  const outcome = await child.finished;
  const description = child.describe();
  if (outcome.status !== 'SUCCEEDED') throw new StateError('States.TaskFailed', JSON.stringify(description));
  return pattern === 'sync' ? description : { ...description, Output: JSON.parse(outcome.output) as Json };
}
