/**
 * A state failed. `error` is the name that Retry and Catch compare; both texts may be missing, as in a Fail state
 * that names neither.
 */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** Nothing retries or catches it: the execution fails. So it is with `States.Runtime`. */
  readonly fatal: boolean;
  /** `States.ALL` and `States.TaskFailed` do not take it, its own name does: a state's `States.DataLimitExceeded`. */
  readonly escapesWildcards: boolean;

  constructor(
    error: string | undefined,
    cause: string | undefined,
    options: { readonly fatal?: boolean; readonly escapesWildcards?: boolean } = {},
  ) {
    super(`${error ?? '(no error name)'}: ${cause ?? '(no cause)'}`);
    this.error = error;
    this.cause = cause;
    this.fatal = options.fatal ?? false;
    this.escapesWildcards = options.escapesWildcards ?? false;
  }
}

/**
 * An expression could not be evaluated, or gave a value of the wrong type: `States.QueryEvaluationError`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export class QueryEvaluationError extends StateError {
  /** The field, as `Arguments/FunctionName` or `Choices[0]/Condition`; undefined when it is the state's input. */
  readonly location: string | undefined;

  constructor(message: string, location: string | undefined) {
    super('States.QueryEvaluationError', message);
    this.location = location;
  }
}

/** The state was stopped from outside: StopExecution, a timeout of the execution, or a failed sibling. Never caught by ASL. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
