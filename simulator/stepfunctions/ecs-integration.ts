import { AwsError } from '../cloud/service.ts';
import { type IntegrationPorts, roleCaller } from './integration-ports.ts';
import { isObject, type Json, type JsonObject, toJson } from './json.ts';
import { optimizedCall, optimizedFailure } from './message-integrations.ts';
import { toCamelCase, toPascalCase } from './recase.ts';
import { StateError } from './state-error.ts';
import type { TaskIntegration, TaskOrigin } from './task-integration.ts';

const ECS = { prefix: 'ecs', errors: 'ECS' } as const;

/**
 * `ecs:runTask`, plain and `.sync`. A `.sync` task that ends before its container stops the container. Where nothing was placed it fails with
 * `AmazonECS.Unknown`, and when the container ends with another code than 0, or with none, with `States.TaskFailed` and the description of the task as cause.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
 */
export function ecsIntegration(ports: IntegrationPorts, pattern: 'response' | 'sync'): TaskIntegration {
  return {
    call: async (args, origin) => {
      const input = toCamelCase(args);
      const target = { ...ECS, operation: 'RunTask' };
      const {
        tasks = [],
        failures = [],
        ...metadata
      } = (await optimizedCall(ports, origin, target, input)) as JsonObject;
      const response = { ...(toPascalCase({ tasks, failures }) as JsonObject), ...metadata };
      if (pattern === 'response') return { response };
      if ((failures as readonly Json[]).length > 0) throw new StateError('AmazonECS.Unknown', JSON.stringify(response));
      const [task] = tasks as readonly JsonObject[];
      const cluster = String(task?.clusterArn);
      const arn = String(task?.taskArn);
      let over = false;
      const finished = ports.taskFinished(arn).then(() => {
        over = true;
      });
      origin.cancellation.onCancel(() => over || void stop(ports, origin, cluster, arn));
      return { response, completion: finished.then(() => completion(ports, origin, cluster, arn)) };
    },
  };
}

/** What it ended with. @throws StateError when that is not well */
async function completion(ports: IntegrationPorts, origin: TaskOrigin, cluster: string, arn: string): Promise<Json> {
  const description = toPascalCase(await describe(ports, origin, cluster, arn)) as JsonObject;
  const containers = (description.Containers ?? []) as readonly JsonObject[];
  if (containers.every(({ ExitCode }) => ExitCode === 0)) return description;
  throw new StateError('States.TaskFailed', JSON.stringify(description));
}

async function describe(ports: IntegrationPorts, origin: TaskOrigin, cluster: string, arn: string): Promise<Json> {
  const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
  try {
    const answer = await ports.calls.call('ecs', 'DescribeTasks', { cluster, tasks: [arn] }, caller);
    const json = toJson(answer);
    return isObject(json) && Array.isArray(json.tasks) ? (json.tasks[0] as Json) : {};
  } catch (error) {
    throw error instanceof AwsError ? optimizedFailure(ports, ECS, error) : error;
  }
}

async function stop(ports: IntegrationPorts, origin: TaskOrigin, cluster: string, task: string): Promise<void> {
  const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
  const input = { cluster, task, reason: 'The execution stopped waiting for this task' };
  await ports.calls.call('ecs', 'StopTask', input, caller).catch(() => undefined);
}
