import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Catcher, Flow, MapState, ParallelState, State, TaskState } from './definition.ts';
import type { Engine, Frame, Step, Visit } from './engine.ts';
import { internalError } from './internal-error.ts';
import type { Json, JsonObject } from './json.ts';
import { runMap } from './map-state.ts';
import { runParallel } from './parallel-state.ts';
import { errorMatches, type Retrier, retryDelaySeconds } from './retry-policy.ts';
import { choose, declaredFailure, waitFor } from './simple-states.ts';
import {
  assignVariables,
  bindingsOf,
  leaveState,
  namedFailure,
  sleepUnlessCancelled,
  withinLimit,
} from './state-data.ts';
import { Cancelled, type StateError } from './state-error.ts';
import { runTask } from './task-state.ts';
import { evaluateTemplate } from './template.ts';

/** Goes from state to state until one ends the flow; gives its output. @throws StateError, Cancelled */
export async function runFlow(engine: Engine, flow: Flow, input: Json, frame: Frame): Promise<Json> {
  let name = flow.startAt;
  let data = input;
  for (;;) {
    const state = flow.states.get(name);
    if (!state) throw internalError(`no state ${name}`);
    const step = await visitState(engine, state, data, frame);
    data = step.output;
    if (step.next === undefined) return data;
    name = step.next;
  }
}

async function visitState(engine: Engine, state: State, input: Json, frame: Frame): Promise<Step> {
  frame.cancellation.check();
  engine.bill(1);
  const enteredId = engine.record(`${state.type}StateEntered`, frame.cursor, {
    stateEnteredEventDetails: {
      name: state.name,
      input: engine.text(input),
      inputDetails: { truncated: false },
    },
  });
  engine.log('StateEntered', { state: state.name });
  const visit: Visit = {
    frame,
    input,
    enteredId,
    enteredTime: new Date(engine.options.world.now()).toISOString(),
    retryCount: 0,
  };
  try {
    const step = await attemptUntilDone(engine, state, visit);
    exitState(engine, state, frame, step);
    return step;
  } catch (thrown) {
    if (thrown instanceof Cancelled) recordAborted(engine, state, frame);
    throw thrown;
  }
}

// A state that a failed sibling stops is Aborted. The end of the whole execution tells nothing of its states.
function recordAborted(engine: Engine, state: State, frame: Frame): void {
  if (engine.isOver()) return;
  if (state.type === 'Task' || state.type === 'Wait' || state.type === 'Parallel' || state.type === 'Map') {
    engine.record(`${state.type}StateAborted`, frame.cursor);
  }
}

function exitState(engine: Engine, state: State, frame: Frame, step: Step): void {
  const output = engine.text(step.output);
  const names = Object.keys(step.assigned);
  const assigned = Object.fromEntries(names.map((name) => [name, JSON.stringify(step.assigned[name])]));
  Object.assign(frame.variables, step.assigned);
  const type = `${state.type}StateExited` as HistoryEventType;
  engine.record(type, frame.cursor, {
    stateExitedEventDetails: {
      name: state.name,
      output,
      outputDetails: { truncated: false },
      ...(names.length > 0 ? { assignedVariables: assigned, assignedVariablesDetails: { truncated: false } } : {}),
    },
  });
}

/**
 * Runs a state, retries it and catches its error.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: retriers first, each with its own count;
 * when they are used up, the first catcher that fits.
 */
async function attemptUntilDone(engine: Engine, state: State, visit: Visit): Promise<Step> {
  const attempts = new Map<Retrier, number>();
  for (;;) {
    try {
      return await attempt(engine, state, visit);
    } catch (thrown) {
      if (thrown instanceof Cancelled) throw thrown;
      const failure = namedFailure(engine, state, visit, thrown);
      if (!('retry' in state)) throw failure;
      const retrier = state.retry.find((candidate) => errorMatches(candidate.errorEquals, failure));
      const used = retrier ? (attempts.get(retrier) ?? 0) : 0;
      if (retrier && used < retrier.maxAttempts) {
        attempts.set(retrier, used + 1);
        await sleepUnlessCancelled(
          engine,
          retryDelaySeconds(retrier, used + 1, engine.random),
          visit.frame.cancellation,
          'retry',
        );
        visit.retryCount += 1;
        engine.bill(1);
        engine.log('StateRetried', { state: state.name, error: failure.error ?? '' });
        continue;
      }
      // A fatal error ends the execution from inside: the states around it say nothing more.
      if (state.type !== 'Task' && !failure.fatal) engine.record(`${state.type}StateFailed`, visit.frame.cursor);
      return await catchFailure(engine, state, visit, failure);
    }
  }
}

async function catchFailure(
  engine: Engine,
  state: TaskState | ParallelState | MapState,
  visit: Visit,
  failure: StateError,
): Promise<Step> {
  const catcher = state.catchers.find((candidate) => errorMatches(candidate.errorEquals, failure));
  if (!catcher) throw failure;
  engine.log('StateCaught', { state: state.name, error: failure.error ?? '', next: catcher.next });
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  try {
    return await leaveCaught(engine, state, catcher, visit, errorOutput);
  } catch (thrown) {
    throw thrown instanceof Cancelled ? thrown : namedFailure(engine, state, visit, thrown);
  }
}

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-fallback-states:
// without Output the state's output is the error output.
async function leaveCaught(
  engine: Engine,
  state: State,
  catcher: Catcher,
  visit: Visit,
  errorOutput: JsonObject,
): Promise<Step> {
  const bindings = bindingsOf(engine, state, visit, { errorOutput });
  const assigned = await assignVariables(catcher.assign, bindings);
  const output = catcher.output ? await evaluateTemplate(catcher.output, bindings) : errorOutput;
  return { output: withinLimit(engine, state, output), next: catcher.next, assigned };
}

async function attempt(engine: Engine, state: State, visit: Visit): Promise<Step> {
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return leaveState(engine, state, visit, state.next, visit.input);
    case 'Fail':
      throw await declaredFailure(state.error, state.cause, bindingsOf(engine, state, visit));
    case 'Wait':
      await waitFor(engine, state, visit);
      return leaveState(engine, state, visit, state.next, visit.input);
    case 'Choice':
      return choose(engine, state, visit);
    case 'Task':
      return runTask(engine, state, visit);
    case 'Parallel':
      return runParallel(engine, state, visit);
    case 'Map':
      return runMap(engine, state, visit);
  }
}
