/** How an execution stands. */
export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** An execution of a workflow, as a list has it. */
export interface ListedRun {
  readonly execution: string;
  readonly name: string;
  /** `node-drain`. */
  readonly workflow: string;
  readonly status: RunStatus;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601; empty while it runs. */
  readonly endedAt: string;
}

/** The same with what it was started with and what came of it. */
export interface KnownRun extends ListedRun {
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  /** Empty unless it ended badly. */
  readonly error: string;
  readonly cause: string;
}

/** One event of an execution's history. Texts are empty where an event of its kind has none. */
export interface RunEvent {
  readonly id: number;
  /** Of the event before it in its own line; each branch and each iteration has one. */
  readonly previous: number;
  /** ISO 8601. */
  readonly at: string;
  /** As Step Functions calls it: `TaskStateEntered`. */
  readonly type: string;
  /** Of a state. */
  readonly name: string;
  /** What a task calls: `evict-pods` of `lambda`, `publish.waitForTaskToken` of `sns`. */
  readonly resource: string;
  /** `lambda`, `states`, `aws-sdk:autoscaling`. */
  readonly service: string;
  /** JSON. */
  readonly parameters: string;
  /** JSON. */
  readonly output: string;
  readonly error: string;
  readonly cause: string;
  /** Variables that were assigned when a state was left. */
  readonly assigned: Readonly<Record<string, unknown>>;
}

/** Executions of a deployment, as they are asked about. */
export interface Runs {
  /** Workflows of the deployment, sorted. */
  workflows(): Promise<readonly string[]>;
  /** Newest first, a page at a time; reading stops when the caller does. `atOnce` is how many come with one request. */
  list(workflow: string, options: { readonly status?: RunStatus; readonly atOnce: number }): AsyncIterable<ListedRun>;
  /** undefined: there is none, or not any more. */
  describe(execution: string): Promise<KnownRun | undefined>;
  /** The ARN that an execution of this name has. */
  arnOf(workflow: string, name: string): string;
  /** From the beginning. Empty where there is none any more. */
  history(execution: string): Promise<readonly RunEvent[]>;
  /** What came after an event, in order. */
  since(execution: string, id: number): Promise<readonly RunEvent[]>;
  /** Stops it. One that is over stays so. */
  stop(execution: string, cause: string): Promise<void>;
}
