import type { Cancellation } from './cancellation.ts';
import type { Json } from './json.ts';
import type { TaskResource } from './task-resource.ts';

/** Who runs a task. */
export interface TaskOrigin {
  readonly executionArn: string;
  readonly executionName: string;
  readonly roleArn: string;
  /** Cancelled when the task is over before its job is: a timeout, StopExecution, a failed sibling. */
  readonly cancellation: Cancellation;
}

/** What a task's service answered. */
export interface TaskAnswer {
  readonly response: Json;
  /** For `.sync`: the end of the job. */
  readonly completion?: Promise<Json>;
}

/** One kind of resource that tasks can call. */
export interface TaskIntegration {
  /** Calls the service with the task's arguments. @throws StateError named as AWS names the service's errors. */
  call(args: Json, origin: TaskOrigin): Promise<TaskAnswer>;
}

/** The resources that a machine can call. */
export interface TaskIntegrations {
  /** Why this resource cannot be called here, or undefined. */
  refusal(resource: TaskResource): string | undefined;
  for(resource: TaskResource): TaskIntegration;
}
