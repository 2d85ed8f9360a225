import type { Cancellation } from './cancellation.ts';
import type { MapState } from './definition.ts';
import type { Engine, Frame, Step, Visit } from './engine.ts';
import type { Cursor } from './execution-history.ts';
import { internalError } from './internal-error.ts';
import type { Json } from './json.ts';
import { branchFrame } from './parallel-state.ts';
import { bindingsOf, leaveState, namedFailure, numberField, refuseValue } from './state-data.ts';
import { Cancelled, StateError } from './state-error.ts';
import { type Bindings, evaluateTemplate, expectType } from './template.ts';

/** Iterations of an inline Map at a time. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const inlineConcurrency = 40;

/** What became of a Map iteration. */
type Iteration = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly failure: StateError };

/**
 * Runs all iterations of a Map state, inline or as child executions.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
 * @throws StateError of the first failure that is not tolerated, Cancelled
 */
export async function runMap(engine: Engine, state: MapState, visit: Visit): Promise<Step> {
  const { frame } = visit;
  const bindings = bindingsOf(engine, state, visit);
  const items = await itemsOf(state, visit, bindings);
  const limit = state.maxConcurrency ? await numberField(state.maxConcurrency, 'MaxConcurrency', bindings) : 0;
  const tolerated = await toleratedFailures(state, items.length, bindings);
  engine.record('MapStateStarted', frame.cursor, { mapStateStartedEventDetails: { length: items.length } });
  const widest = state.distributed ? 10_000 : inlineConcurrency;
  const concurrency = limit === 0 ? widest : Math.min(limit, widest);
  const outputs = state.distributed
    ? await mapRun(engine, state, visit, items, concurrency, tolerated ?? 0)
    : await inlineMap(engine, state, visit, items, concurrency, tolerated);
  engine.record('MapStateSucceeded', frame.cursor);
  return leaveState(engine, state, visit, state.next, outputs, outputs);
}

async function itemsOf(state: MapState, visit: Visit, bindings: Bindings): Promise<readonly Json[]> {
  if (state.items)
    return expectType(state.items, 'Items', await evaluateTemplate(state.items, bindings), 'array') as readonly Json[];
  if (Array.isArray(visit.input)) return visit.input;
  const message =
    state.language === 'JSONata'
      ? `Map state input must be an array but was: ${JSON.stringify(visit.input)}`
      : 'Reference path "$" must point to array.';
  return refuseValue(state, visit, message, undefined);
}

/** How many failures are tolerated; undefined when the state does not say, then the first failure is the state's own. */
async function toleratedFailures(state: MapState, count: number, bindings: Bindings): Promise<number | undefined> {
  const { toleratedFailureCount, toleratedFailurePercentage } = state;
  if (!toleratedFailureCount && !toleratedFailurePercentage) return undefined;
  const most = toleratedFailureCount ? await numberField(toleratedFailureCount, 'ToleratedFailureCount', bindings) : 0;
  const percent = toleratedFailurePercentage
    ? await numberField(toleratedFailurePercentage, 'ToleratedFailurePercentage', bindings, 'number')
    : 0;
  return Math.max(most, Math.floor((count * percent) / 100));
}

async function inlineMap(
  engine: Engine,
  state: MapState,
  visit: Visit,
  items: readonly Json[],
  concurrency: number,
  tolerated: number | undefined,
): Promise<readonly Json[]> {
  const { frame } = visit;
  const started = frame.cursor.previous;
  const cursors = items.map(() => ({ previous: started }));
  const iterate = (index: number, cancellation: Cancellation): Promise<Iteration> => {
    const cursor = cursors[index] ?? { previous: started };
    const previous = concurrency === 1 && index > 0 ? cursors[index - 1]?.previous : undefined;
    if (previous !== undefined) cursor.previous = previous;
    return iteration(engine, state, visit, items[index] ?? null, index, cursor, cancellation);
  };
  const outputs = await eachItem(frame, items.length, concurrency, tolerated, iterate);
  frame.cursor.previous = Math.max(started, ...cursors.map((cursor) => cursor.previous));
  return outputs;
}

/** Runs all items, so many at a time, until more fail than are tolerated. @throws the failure that was one too many. */
async function eachItem(
  frame: Frame,
  count: number,
  concurrency: number,
  tolerated: number | undefined,
  iterate: (index: number, cancellation: Cancellation) => Promise<Iteration>,
): Promise<readonly Json[]> {
  const group = frame.cancellation.child();
  const results: (Iteration | undefined)[] = new Array(count);
  let [next, failures] = [0, 0];
  let failure: unknown;
  const worker = async (): Promise<void> => {
    while (next < count && failure === undefined) {
      const index = next++;
      const result = await iterate(index, group.part);
      results[index] = result;
      if (result.ok) continue;
      failures += 1;
      if (failures > (tolerated ?? 0)) {
        failure ??= tolerated === undefined ? result.failure : thresholdExceeded();
        group.part.cancel();
      }
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, count) }, worker);
  const ends = await Promise.allSettled(workers);
  group.release();
  if (failure !== undefined) throw failure;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results.flatMap((result) => (result?.ok ? [result.output] : []));
}

async function iteration(
  engine: Engine,
  state: MapState,
  visit: Visit,
  item: Json,
  index: number,
  cursor: Cursor,
  cancellation: Cancellation,
): Promise<Iteration> {
  const details = { name: state.name, index };
  engine.record('MapIterationStarted', cursor, { mapIterationStartedEventDetails: details });
  const frame = branchFrame(visit.frame, cursor, cancellation, { Item: { Index: index, Value: item } });
  try {
    const input = await selectItem(engine, state, { ...visit, frame }, item);
    const output = await engine.runFlow(state.processor, input, frame);
    engine.record('MapIterationSucceeded', cursor, { mapIterationSucceededEventDetails: details });
    return { ok: true, output };
  } catch (thrown) {
    if (thrown instanceof Cancelled) {
      if (!engine.isOver()) engine.record('MapIterationAborted', cursor, { mapIterationAbortedEventDetails: details });
      throw thrown;
    }
    const failure = namedFailure(engine, state, { ...visit, frame }, thrown);
    engine.record('MapIterationFailed', cursor, { mapIterationFailedEventDetails: details });
    return { ok: false, failure };
  }
}

// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html
async function selectItem(engine: Engine, state: MapState, visit: Visit, item: Json): Promise<Json> {
  return state.itemSelector ? evaluateTemplate(state.itemSelector, bindingsOf(engine, state, visit)) : item;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html: every item is a child execution with a history of its own.
async function mapRun(
  engine: Engine,
  state: MapState,
  visit: Visit,
  items: readonly Json[],
  concurrency: number,
  tolerated: number,
): Promise<readonly Json[]> {
  const { frame } = visit;
  const { region, account, stateMachineName } = engine.options;
  const label = state.label ?? engine.random.uuid();
  const mapRunArn = `arn:aws:states:${region}:${account}:mapRun:${stateMachineName}/${label}:${engine.random.uuid()}`;
  engine.record('MapRunStarted', frame.cursor, { mapRunStartedEventDetails: { mapRunArn } });
  try {
    const outputs = await eachItem(frame, items.length, concurrency, tolerated, (index, cancellation) =>
      childExecution(engine, state, visit, items[index] ?? null, index, cancellation, label),
    );
    engine.record('MapRunSucceeded', frame.cursor);
    return outputs;
  } catch (thrown) {
    if (thrown instanceof Cancelled) {
      if (!engine.isOver()) engine.record('MapRunAborted', frame.cursor);
      throw thrown;
    }
    const { error, cause } = thrown instanceof StateError ? thrown : internalError(thrown);
    engine.record('MapRunFailed', frame.cursor, {
      mapRunFailedEventDetails: { ...(error ? { error } : {}), ...(cause ? { cause } : {}) },
    });
    throw thrown;
  }
}

async function childExecution(
  engine: Engine,
  state: MapState,
  visit: Visit,
  item: Json,
  index: number,
  cancellation: Cancellation,
  label: string,
): Promise<Iteration> {
  const frame = { ...visit.frame, map: { Item: { Index: index, Value: item } } };
  const input = await selectItem(engine, state, { ...visit, frame }, item);
  const { region, account, stateMachineName, stateMachineArn } = engine.options;
  const executionName = engine.random.uuid();
  const child = engine.startChild({
    ...engine.options,
    machine: { ...state.processor, timeoutSeconds: undefined, source: null },
    input,
    inputText: JSON.stringify(input),
    executionName,
    executionArn: `arn:aws:states:${region}:${account}:execution:${stateMachineName}/${label}:${executionName}`,
    stateMachineArn: `${stateMachineArn}/${label}`,
  });
  const forget = cancellation.onCancel(() => child.stop());
  const outcome = await child.finished;
  forget();
  engine.bill(child.billedTransitions);
  if (outcome.status === 'SUCCEEDED') return { ok: true, output: JSON.parse(outcome.output) as Json };
  return { ok: false, failure: new StateError(outcome.error, outcome.cause) };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: States.ExceedToleratedFailureThreshold
function thresholdExceeded(): StateError {
  return new StateError(
    'States.ExceedToleratedFailureThreshold',
    'The specified tolerated failure threshold was exceeded',
  );
}
