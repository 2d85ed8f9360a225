import type { Cancellation } from './cancellation.ts';
import type { Assignments, State } from './definition.ts';
import type { Engine, Step, Visit } from './engine.ts';
import { internalError } from './internal-error.ts';
import type { Json, JsonObject } from './json.ts';
import { isTooLarge, tooLarge } from './payload-limit.ts';
import { QueryEvaluationError, StateError } from './state-error.ts';
import { type Bindings, evaluateTemplate, expectType, type Template } from './template.ts';

/**
 * What a state failed with, in AWS's words: an evaluation's cause begins with the sentence that names the state, and is
 * an event of its own (recorded).
 */
export function namedFailure(engine: Engine, state: State, visit: Visit, thrown: unknown): StateError {
  if (!(thrown instanceof QueryEvaluationError)) return thrown instanceof StateError ? thrown : internalError(thrown);
  const cause = `${whileExecuting(state, visit)} ${thrown.cause}`;
  engine.record('EvaluationFailed', visit.frame.cursor, {
    evaluationFailedEventDetails: {
      error: 'States.QueryEvaluationError',
      cause,
      ...(thrown.location === undefined ? {} : { location: thrown.location }),
      state: state.name,
    },
  });
  return new StateError('States.QueryEvaluationError', cause);
}

/** Output and Assign, both of which see the variables as they were. https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
export async function leaveState(
  engine: Engine,
  state: {
    readonly name: string;
    readonly language: string;
    readonly type: string;
    readonly output: Template | undefined;
    readonly assign: Assignments;
  },
  visit: Visit,
  next: string | undefined,
  unchanged: Json,
  result?: Json,
): Promise<Step> {
  if (!state.output && state.assign.length === 0) {
    return { output: withinLimit(engine, state, unchanged), next, assigned: {} };
  }
  const bindings = bindingsOf(engine, state, visit, result === undefined ? {} : { result });
  const assigned = await assignVariables(state.assign, bindings);
  const output = state.output ? await evaluateTemplate(state.output, bindings) : unchanged;
  return { output: withinLimit(engine, state, output), next, assigned };
}

/** The values of an Assign field, none of which sees another. @throws QueryEvaluationError */
export async function assignVariables(
  assignments: Assignments,
  bindings: Bindings,
): Promise<Readonly<Record<string, Json>>> {
  const assigned: Record<string, Json> = {};
  for (const [name, template] of assignments) assigned[name] = await evaluateTemplate(template, bindings);
  return assigned;
}

/** The output, when it is small enough. @throws StateError States.DataLimitExceeded, which wildcards do not take. */
export function withinLimit(engine: Engine, state: { readonly name: string }, output: Json): Json {
  if (typeof output === 'object' || typeof output === 'string') {
    if (isTooLarge(engine.text(output))) {
      throw new StateError('States.DataLimitExceeded', tooLarge(state.name), { escapesWildcards: true });
    }
  }
  return output;
}

/** Fails for a value: an evaluation error in a JSONata state, States.Runtime in a JSONPath one (both recorded). */
export function refuseValue(state: State, visit: Visit, message: string, location: string | undefined): never {
  if (state.language === 'JSONata') throw new QueryEvaluationError(message, location);
  throw new StateError('States.Runtime', `${whileExecuting(state, visit)} ${message}`, { fatal: true });
}

/** A field that must be a whole number from 0 on (or any number, when that is expected). @throws QueryEvaluationError */
export async function numberField(
  template: Template,
  field: string,
  bindings: Bindings,
  expected: 'integer' | 'number' = 'integer',
): Promise<number> {
  const value = await evaluateTemplate(template, bindings);
  if (expected === 'number' && typeof value === 'number') return value;
  const number = Number(expectType(template, field, value, 'integer'));
  if (number >= 0) return number;
  throw new QueryEvaluationError(`The ${field} field cannot be negative: ${number}`, field);
}

/** What expressions see. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (reserved variable `states`) */
export function bindingsOf(
  engine: Engine,
  state: { readonly name: string },
  visit: Visit,
  more: { readonly result?: Json; readonly errorOutput?: Json; readonly token?: string } = {},
): Bindings {
  const { token, ...rest } = more;
  const states = { input: visit.input, ...rest, context: contextOf(engine, state, visit, token) };
  return { ...engine.functions, ...visit.frame.variables, states };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
function contextOf(
  engine: Engine,
  state: { readonly name: string },
  visit: Visit,
  token: string | undefined,
): JsonObject {
  const { executionArn, executionName, roleArn, stateMachineArn, stateMachineName, input } = engine.options;
  return {
    Execution: {
      Id: executionArn,
      Input: input,
      Name: executionName,
      RoleArn: roleArn,
      StartTime: new Date(engine.startedAt).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: stateMachineArn, Name: stateMachineName },
    State: { Name: state.name, EnteredTime: visit.enteredTime, RetryCount: visit.retryCount },
    ...(visit.frame.map ? { Map: visit.frame.map } : {}),
    ...(token === undefined ? {} : { Task: { Token: token } }),
  };
}

/** Lets so many seconds pass. @throws Cancelled when it is cancelled meanwhile. */
export function sleepUnlessCancelled(
  engine: Engine,
  seconds: number,
  cancellation: Cancellation,
  what: string,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = engine.options.world.after(seconds * 1000, what, resolve);
  const forget = cancellation.onCancel(() => timer.cancel());
  return cancellation.guard(promise).finally(forget);
}

/** How AWS begins the cause of an error that it finds itself. */
export function whileExecuting(state: { readonly name: string }, visit: Visit): string {
  return `An error occurred while executing the state '${state.name}' (entered at the event id #${visit.enteredId}).`;
}
