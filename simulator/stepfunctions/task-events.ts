import type { StateError } from './state-error.ts';
import type { TaskResource } from './task-resource.ts';

/** What {@link taskEvents} gives. */
export type TaskEvents = ReturnType<typeof taskEvents>;

/**
 * The event types and details of a task: a function's own events for its ARN, the service's for an integration.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function taskEvents(resource: TaskResource, region: string) {
  const truncated = { truncated: false };
  const seconds = (timeout: number | undefined, heartbeat?: number) => ({
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
  });
  const texts = ({ error, cause }: StateError) => ({
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  });
  if (resource.kind === 'function') {
    return {
      scheduled: 'LambdaFunctionScheduled',
      started: 'LambdaFunctionStarted',
      succeeded: 'LambdaFunctionSucceeded',
      failed: 'LambdaFunctionFailed',
      timedOut: 'LambdaFunctionTimedOut',
      scheduledDetails: (input: string, timeout?: number, _heartbeat?: number) => ({
        lambdaFunctionScheduledEventDetails: {
          resource: resource.arn,
          input,
          inputDetails: truncated,
          ...seconds(timeout),
        },
      }),
      startedDetails: () => ({}),
      submittedDetails: (_output: string) => ({}),
      succeededDetails: (output: string) => ({
        lambdaFunctionSucceededEventDetails: { output, outputDetails: truncated },
      }),
      failedDetails: (failure: StateError, expired: boolean) =>
        expired
          ? { lambdaFunctionTimedOutEventDetails: texts(failure) }
          : { lambdaFunctionFailedEventDetails: texts(failure) },
    } as const;
  }
  const what = { resourceType: resource.resourceType, resource: resource.resource };
  return {
    scheduled: 'TaskScheduled',
    started: 'TaskStarted',
    succeeded: 'TaskSucceeded',
    failed: 'TaskFailed',
    timedOut: 'TaskTimedOut',
    scheduledDetails: (parameters: string, timeout?: number, heartbeat?: number) => ({
      taskScheduledEventDetails: { ...what, region, parameters, ...seconds(timeout, heartbeat) },
    }),
    startedDetails: () => ({ taskStartedEventDetails: what }),
    submittedDetails: (output: string) => ({
      taskSubmittedEventDetails: { ...what, output, outputDetails: truncated },
    }),
    succeededDetails: (output: string) => ({
      taskSucceededEventDetails: { ...what, output, outputDetails: truncated },
    }),
    failedDetails: (failure: StateError, expired: boolean) =>
      expired
        ? { taskTimedOutEventDetails: { ...what, ...texts(failure) } }
        : { taskFailedEventDetails: { ...what, ...texts(failure) } },
  } as const;
}
