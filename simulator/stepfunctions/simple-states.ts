import type { ChoiceState, WaitState } from './definition.ts';
import type { Engine, Step, Visit } from './engine.ts';
import {
  bindingsOf,
  leaveState,
  numberField,
  refuseValue,
  sleepUnlessCancelled,
  whileExecuting,
} from './state-data.ts';
import { StateError } from './state-error.ts';
import { type Bindings, evaluateTemplate, expectType, type Template } from './template.ts';
import { parseTimestamp } from './wait-deadline.ts';

// Seconds that fit in AWS's counter: a Wait of 24,855 days is taken, of 24,856 refused (recorded).
const longestWaitSeconds = 2_147_483_647;

/** What a Fail state fails with. https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html */
export async function declaredFailure(
  error: Template | undefined,
  cause: Template | undefined,
  bindings: Bindings,
): Promise<StateError> {
  const text = async (template: Template | undefined, field: string): Promise<string | undefined> =>
    template && String(expectType(template, field, await evaluateTemplate(template, bindings), 'string'));
  return new StateError(await text(error, 'Error'), await text(cause, 'Cause'));
}

/**
 * Waits as long as a Wait state says; a moment that is past is no wait.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
 * @throws QueryEvaluationError, Cancelled
 */
export async function waitFor(engine: Engine, state: WaitState, visit: Visit): Promise<void> {
  const bindings = bindingsOf(engine, state, visit);
  const seconds = state.seconds
    ? await numberField(state.seconds, 'Seconds', bindings)
    : await secondsUntil(engine, state, visit, bindings);
  if (seconds > longestWaitSeconds) refuseValue(state, visit, 'Wait state delay is too long.', 'Timestamp');
  if (seconds > 0) await sleepUnlessCancelled(engine, seconds, visit.frame.cancellation, `Wait state ${state.name}`);
}

async function secondsUntil(engine: Engine, state: WaitState, visit: Visit, bindings: Bindings): Promise<number> {
  const template = state.timestamp ?? { kind: 'literal', value: null };
  const text = String(expectType(template, 'Timestamp', await evaluateTemplate(template, bindings), 'string'));
  const at = parseTimestamp(text);
  if (at !== undefined) return (at - engine.options.world.now()) / 1000;
  const message = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`;
  return refuseValue(state, visit, message, 'Timestamp');
}

/**
 * Where a Choice state goes. https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html: a rule that fits brings its own Assign and Output;
 * those of the state belong to Default.
 */
export async function choose(engine: Engine, state: ChoiceState, visit: Visit): Promise<Step> {
  const bindings = bindingsOf(engine, state, visit);
  for (const rule of state.rules) {
    const fits = expectType(rule.condition, rule.path, await evaluateTemplate(rule.condition, bindings), 'boolean');
    if (fits)
      return leaveState(engine, { ...state, output: rule.output, assign: rule.assign }, visit, rule.next, visit.input);
  }
  if (state.fallback !== undefined) return leaveState(engine, state, visit, state.fallback, visit.input);
  // The error table calls this States.NoChoiceMatched, AWS answers States.Runtime in these words.
  const message = 'Failed to transition out of the state. The state does not point to a next state.';
  throw new StateError('States.Runtime', `${whileExecuting(state, visit)} ${message}`, { fatal: true });
}
