import type { ServiceSender } from '../sqs/queue-policy.ts';

/** An event on its way to the account's default bus. The bus adds id, account, region, version and (by default) time. */
export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly time?: Date;
}

/** What services need of EventBridge. */
export interface EventSink {
  put(event: BusEvent): void;
}

/** What a synchronous invocation gave: the function's value, or the error it died of, as Lambda reports them. */
export type Invocation =
  | { readonly ok: true; readonly payload: unknown; readonly executedVersion: string }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
      readonly executedVersion: string;
    };

/** What Step Functions, EventBridge and the schedules need of Lambda. */
export interface FunctionInvoker {
  /**
   * Invokes and waits for the answer. `functionName`: a name, an ARN, or either with a version or alias.
   * @throws AwsError `Lambda.ResourceNotFoundException` style service errors (code `ResourceNotFoundException`,
   *   `TooManyRequestsException`, `ServiceException`), never for an error of the function itself.
   */
  invoke(functionName: string, payload: unknown): Promise<Invocation>;
  /**
   * Hands the event over; Lambda retries twice on failure, then uses the function's failure destination. `sender`: the
   * service that invokes by itself, without a role (a rule, a topic), whom the function's own policy must let.
   * @throws AwsError `ResourceNotFoundException`; `AccessDeniedException` when the policy does not let the sender.
   */
  invokeLater(functionName: string, payload: unknown, sender?: ServiceSender): void;
}

/** What EventBridge and schedules need of Step Functions. @throws AwsError `ExecutionAlreadyExists`, `StateMachineDoesNotExist`. */
export interface ExecutionStarter {
  start(stateMachineArn: string, input: unknown, name?: string): { readonly executionArn: string };
}

/** What services need of CloudWatch to publish their own metrics (`AWS/Lambda`, `AWS/States`). */
export interface MetricSink {
  put(metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly value: number;
    /** `Count`, `Milliseconds` …; default `None`. */
    readonly unit?: string;
  }): void;
}
