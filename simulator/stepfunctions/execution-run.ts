import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { Cancellation } from './cancellation.ts';
import type {
  Assignments,
  Catcher,
  ChoiceState,
  Flow,
  Machine,
  MapState,
  ParallelState,
  State,
  TaskState,
  WaitState,
} from './definition.ts';
import { type Cursor, ExecutionHistory } from './execution-history.ts';
import type { Json, JsonObject } from './json.ts';
import { worldFunctions } from './jsonata-functions.ts';
import { errorMatches, type Retrier, retryDelaySeconds } from './retry-policy.ts';
import { Cancelled, QueryEvaluationError, StateError } from './state-error.ts';
import { type TaskEvents, taskEvents } from './task-events.ts';
import type { TaskIntegrations } from './task-integration.ts';
import type { TaskResource } from './task-resource.ts';
import type { TaskTokens, WaitingTask } from './task-tokens.ts';
import { type Bindings, evaluateTemplate, expectType, type Template } from './template.ts';
import { parseTimestamp } from './wait-deadline.ts';

/** Bytes that a state's input or output may have. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const maximumPayloadBytes = 262_144;
/** Events that the history of a standard execution may have; the last one is its failure. https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html */
export const maximumHistoryEvents = 25_000;
/** Iterations of an inline Map at a time. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const inlineConcurrency = 40;
// Seconds that fit in AWS's counter: a Wait of 24,855 days is taken, of 24,856 refused (recorded).
const longestWaitSeconds = 2_147_483_647;

/** How an execution ended. Missing error and cause are missing in AWS's answers too. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | { readonly status: 'FAILED' | 'ABORTED' | 'TIMED_OUT'; readonly error?: string; readonly cause?: string };

/** What an execution runs on and what it is called. */
export interface RunOptions {
  readonly world: World;
  readonly machine: Machine;
  readonly input: Json;
  /** As it was given; default the JSON text of `input`. */
  readonly inputText?: string;
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
  readonly region: string;
  readonly account: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly integrations: TaskIntegrations;
  readonly tokens: TaskTokens;
}

/** One line of states: the machine itself, a branch, an iteration. */
interface Frame {
  readonly cursor: Cursor;
  /** Variables that this line sees. A branch starts with a copy: what it assigns nobody outside sees. */
  readonly variables: Record<string, Json>;
  readonly cancellation: Cancellation;
  /** `Map` of the context object, inside an iteration. */
  readonly map: JsonObject | undefined;
}

/** One visit to a state. */
interface Visit {
  readonly frame: Frame;
  readonly input: Json;
  readonly enteredId: number;
  readonly enteredTime: string;
  retryCount: number;
}

interface Step {
  readonly output: Json;
  readonly next: string | undefined;
  readonly assigned: Readonly<Record<string, Json>>;
}

/** What became of a Map iteration. */
type Iteration = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly failure: StateError };

/**
 * One execution of a state machine on virtual time. It starts by {@link ExecutionRun.start} and goes on by itself as the
 * world goes on. `history`, `outcome` and `billedTransitions` may be looked at any time.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html and https://states-language.net/
 */
export class ExecutionRun {
  readonly options: RunOptions;
  readonly inputText: string;
  readonly startedAt: number;
  /** Resolves when it is over, whatever the end; never rejects. */
  readonly finished: Promise<Outcome>;
  readonly #history: ExecutionHistory;
  readonly #root = new Cancellation();
  readonly #random: Random;
  readonly #functions: Readonly<Record<string, unknown>>;
  readonly #finish: (outcome: Outcome) => void;
  #outcome: Outcome | undefined;
  #stoppedAt: number | undefined;
  #billedTransitions = 0;

  constructor(options: RunOptions) {
    this.options = options;
    const { world } = options;
    this.startedAt = world.now();
    this.inputText = options.inputText ?? JSON.stringify(options.input);
    this.#history = new ExecutionHistory(() => world.now());
    this.#random = world.random.for(`states:${options.stateMachineName}/${options.executionName}`);
    this.#functions = worldFunctions({ now: () => world.now(), random: this.#random });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.finished = promise;
    this.#finish = resolve;
  }

  get history(): readonly HistoryEvent[] {
    return this.#history.events;
  }

  /** How it ended; undefined while it runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Epoch milliseconds; undefined while it runs. */
  get stoppedAt(): number | undefined {
    return this.#stoppedAt;
  }

  /**
   * State transitions that a standard execution is billed for: every state that was entered, and every retry.
   * https://aws.amazon.com/step-functions/pricing/ ("each time a step of your workflow is executed … including retries")
   */
  get billedTransitions(): number {
    return this.#billedTransitions;
  }

  /** Records ExecutionStarted and sets off. Call it once. */
  start(): void {
    const { machine, roleArn, world } = this.options;
    const frame: Frame = { cursor: { previous: 0 }, variables: {}, cancellation: this.#root, map: undefined };
    this.#record('ExecutionStarted', frame.cursor, {
      executionStartedEventDetails: { input: this.inputText, inputDetails: { truncated: false }, roleArn },
    });
    this.#log('ExecutionStarted');
    // An express execution lasts at most five minutes. https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    const express = this.options.type === 'EXPRESS' ? 300 : undefined;
    const seconds = Math.min(machine.timeoutSeconds ?? Number.POSITIVE_INFINITY, express ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(seconds)) {
      const timer = world.after(seconds * 1000, `timeout of execution ${this.options.executionName}`, () =>
        this.#timeOut(),
      );
      void this.finished.then(() => timer.cancel());
    }
    void this.#drive(frame);
  }

  /**
   * StopExecution: ends at once. No Catch runs, what a state had begun is left as it is.
   * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
   */
  stop(error?: string, cause?: string): void {
    if (this.#outcome) return;
    const texts = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.#history.record('ExecutionAborted', { previous: 0 }, { executionAbortedEventDetails: texts });
    this.#end({ status: 'ABORTED', ...texts });
  }

  // TIMED_OUT carries neither error nor cause; States.Timeout is in the event only.
  #timeOut(): void {
    if (this.#outcome) return;
    this.#history.record(
      'ExecutionTimedOut',
      { previous: 0 },
      { executionTimedOutEventDetails: { error: 'States.Timeout' } },
    );
    this.#end({ status: 'TIMED_OUT' });
  }

  #end(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#stoppedAt = this.options.world.now();
    const error = outcome.status === 'SUCCEEDED' ? undefined : outcome.error;
    this.#log(endEvents[outcome.status], error === undefined ? {} : { error });
    this.#root.cancel();
    this.#finish(outcome);
  }

  async #drive(frame: Frame): Promise<void> {
    try {
      const output = await this.#runFlow(this.options.machine, this.options.input, frame);
      const text = this.#history.text(output);
      this.#record('ExecutionSucceeded', frame.cursor, {
        executionSucceededEventDetails: { output: text, outputDetails: { truncated: false } },
      });
      this.#end({ status: 'SUCCEEDED', output: text });
    } catch (thrown) {
      if (thrown instanceof Cancelled) return;
      const failure = thrown instanceof StateError ? thrown : internalError(thrown);
      this.#failExecution(failure, frame.cursor);
    }
  }

  #failExecution(failure: StateError, cursor: Cursor): void {
    if (this.#outcome) return;
    const texts = {
      ...(failure.error === undefined ? {} : { error: failure.error }),
      ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    };
    this.#history.record('ExecutionFailed', cursor, { executionFailedEventDetails: texts });
    this.#end({ status: 'FAILED', ...texts });
  }

  /** @throws Cancelled when the execution is over, or is ended by this very event: the history is full. */
  #record(type: HistoryEventType, cursor: Cursor, details?: Parameters<ExecutionHistory['record']>[2]): number {
    if (this.#outcome) throw new Cancelled('the execution is over');
    const limit = this.options.type === 'STANDARD' ? maximumHistoryEvents : 10 * maximumHistoryEvents;
    if (this.#history.events.length >= limit - 1) {
      const cause = `The execution reached the maximum number of history events (${limit}).`;
      this.#failExecution(new StateError('States.Runtime', cause, { fatal: true }), cursor);
      throw new Cancelled('the history is full');
    }
    return this.#history.record(type, cursor, details);
  }

  #log(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    const { world, stateMachineName, executionName } = this.options;
    world.history.record('states', event, { machine: stateMachineName, execution: executionName, ...details });
  }

  async #runFlow(flow: Flow, input: Json, frame: Frame): Promise<Json> {
    let name = flow.startAt;
    let data = input;
    for (;;) {
      const state = flow.states.get(name);
      if (!state) throw internalError(`no state ${name}`);
      const step = await this.#visit(state, data, frame);
      data = step.output;
      if (step.next === undefined) return data;
      name = step.next;
    }
  }

  async #visit(state: State, input: Json, frame: Frame): Promise<Step> {
    frame.cancellation.check();
    this.#billedTransitions += 1;
    const enteredId = this.#record(`${state.type}StateEntered`, frame.cursor, {
      stateEnteredEventDetails: {
        name: state.name,
        input: this.#history.text(input),
        inputDetails: { truncated: false },
      },
    });
    this.#log('StateEntered', { state: state.name });
    const visit: Visit = {
      frame,
      input,
      enteredId,
      enteredTime: new Date(this.options.world.now()).toISOString(),
      retryCount: 0,
    };
    try {
      const step = await this.#attemptUntilDone(state, visit);
      this.#exit(state, frame, step);
      return step;
    } catch (thrown) {
      if (thrown instanceof Cancelled) this.#recordAborted(state, frame);
      throw thrown;
    }
  }

  // A state that a failed sibling stops is Aborted. The end of the whole execution tells nothing of its states.
  #recordAborted(state: State, frame: Frame): void {
    if (this.#outcome) return;
    if (state.type === 'Task' || state.type === 'Wait' || state.type === 'Parallel' || state.type === 'Map') {
      this.#record(`${state.type}StateAborted`, frame.cursor);
    }
  }

  #exit(state: State, frame: Frame, step: Step): void {
    const output = this.#history.text(step.output);
    const names = Object.keys(step.assigned);
    const assigned = Object.fromEntries(names.map((name) => [name, JSON.stringify(step.assigned[name])]));
    Object.assign(frame.variables, step.assigned);
    const type = `${state.type}StateExited` as HistoryEventType;
    this.#record(type, frame.cursor, {
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
  async #attemptUntilDone(state: State, visit: Visit): Promise<Step> {
    const attempts = new Map<Retrier, number>();
    for (;;) {
      try {
        return await this.#attempt(state, visit);
      } catch (thrown) {
        if (thrown instanceof Cancelled) throw thrown;
        const failure = this.#named(state, visit, thrown);
        if (!('retry' in state)) throw failure;
        const retrier = state.retry.find((candidate) => errorMatches(candidate.errorEquals, failure));
        const used = retrier ? (attempts.get(retrier) ?? 0) : 0;
        if (retrier && used < retrier.maxAttempts) {
          attempts.set(retrier, used + 1);
          await this.#sleep(retryDelaySeconds(retrier, used + 1, this.#random), visit.frame.cancellation, 'retry');
          visit.retryCount += 1;
          this.#billedTransitions += 1;
          this.#log('StateRetried', { state: state.name, error: failure.error ?? '' });
          continue;
        }
        // A fatal error ends the execution from inside: the states around it say nothing more.
        if (state.type !== 'Task' && !failure.fatal) this.#record(`${state.type}StateFailed`, visit.frame.cursor);
        return await this.#catch(state, visit, failure);
      }
    }
  }

  async #catch(state: TaskState | ParallelState | MapState, visit: Visit, failure: StateError): Promise<Step> {
    const catcher = state.catchers.find((candidate) => errorMatches(candidate.errorEquals, failure));
    if (!catcher) throw failure;
    this.#log('StateCaught', { state: state.name, error: failure.error ?? '', next: catcher.next });
    const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
    try {
      return await this.#caught(state, catcher, visit, errorOutput);
    } catch (thrown) {
      throw thrown instanceof Cancelled ? thrown : this.#named(state, visit, thrown);
    }
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-fallback-states:
  // without Output the state's output is the error output.
  async #caught(state: State, catcher: Catcher, visit: Visit, errorOutput: JsonObject): Promise<Step> {
    const bindings = this.#bindings(state, visit, { errorOutput });
    const assigned = await this.#assign(catcher.assign, bindings);
    const output = catcher.output ? await evaluateTemplate(catcher.output, bindings) : errorOutput;
    return { output: this.#withinLimit(state, output), next: catcher.next, assigned };
  }

  // AWS puts the sentence that names the state in front, and an evaluation's failure is an event of its own.
  #named(state: State, visit: Visit, thrown: unknown): StateError {
    if (!(thrown instanceof QueryEvaluationError)) return thrown instanceof StateError ? thrown : internalError(thrown);
    const cause = `${whileExecuting(state, visit)} ${thrown.cause}`;
    this.#record('EvaluationFailed', visit.frame.cursor, {
      evaluationFailedEventDetails: {
        error: 'States.QueryEvaluationError',
        cause,
        ...(thrown.location === undefined ? {} : { location: thrown.location }),
        state: state.name,
      },
    });
    return new StateError('States.QueryEvaluationError', cause);
  }

  async #attempt(state: State, visit: Visit): Promise<Step> {
    switch (state.type) {
      case 'Pass':
      case 'Succeed':
        return this.#leave(state, visit, state.next, visit.input);
      case 'Fail':
        throw await this.#failure(state.error, state.cause, this.#bindings(state, visit));
      case 'Wait':
        await this.#wait(state, visit);
        return this.#leave(state, visit, state.next, visit.input);
      case 'Choice':
        return this.#choose(state, visit);
      case 'Task':
        return this.#task(state, visit);
      case 'Parallel':
        return this.#parallel(state, visit);
      case 'Map':
        return this.#map(state, visit);
    }
  }

  /** Output and Assign, both of which see the variables as they were. https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
  async #leave(
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
      return { output: this.#withinLimit(state, unchanged), next, assigned: {} };
    }
    const bindings = this.#bindings(state, visit, result === undefined ? {} : { result });
    const assigned = await this.#assign(state.assign, bindings);
    const output = state.output ? await evaluateTemplate(state.output, bindings) : unchanged;
    return { output: this.#withinLimit(state, output), next, assigned };
  }

  async #assign(assignments: Assignments, bindings: Bindings): Promise<Readonly<Record<string, Json>>> {
    const assigned: Record<string, Json> = {};
    for (const [name, template] of assignments) assigned[name] = await evaluateTemplate(template, bindings);
    return assigned;
  }

  /** @throws StateError States.DataLimitExceeded, which wildcards do not take. */
  #withinLimit(state: { readonly name: string }, output: Json): Json {
    if (typeof output === 'object' || typeof output === 'string') {
      if (isTooLarge(this.#history.text(output))) {
        throw new StateError('States.DataLimitExceeded', tooLarge(state.name), { escapesWildcards: true });
      }
    }
    return output;
  }

  async #failure(error: Template | undefined, cause: Template | undefined, bindings: Bindings): Promise<StateError> {
    const text = async (template: Template | undefined, field: string): Promise<string | undefined> =>
      template && String(expectType(template, field, await evaluateTemplate(template, bindings), 'string'));
    return new StateError(await text(error, 'Error'), await text(cause, 'Cause'));
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
  async #wait(state: WaitState, visit: Visit): Promise<void> {
    const bindings = this.#bindings(state, visit);
    const seconds = state.seconds
      ? await this.#number(state.seconds, 'Seconds', bindings)
      : await this.#secondsUntil(state, visit, bindings);
    if (seconds > longestWaitSeconds) this.#refuseValue(state, visit, 'Wait state delay is too long.', 'Timestamp');
    if (seconds > 0) await this.#sleep(seconds, visit.frame.cancellation, `Wait state ${state.name}`);
  }

  async #secondsUntil(state: WaitState, visit: Visit, bindings: Bindings): Promise<number> {
    const template = state.timestamp ?? { kind: 'literal', value: null };
    const text = String(expectType(template, 'Timestamp', await evaluateTemplate(template, bindings), 'string'));
    const at = parseTimestamp(text);
    if (at !== undefined) return (at - this.options.world.now()) / 1000;
    const message = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`;
    return this.#refuseValue(state, visit, message, 'Timestamp');
  }

  // What is an evaluation error in a JSONata state is States.Runtime in a JSONPath one (recorded).
  #refuseValue(state: State, visit: Visit, message: string, location: string | undefined): never {
    if (state.language === 'JSONata') throw new QueryEvaluationError(message, location);
    throw new StateError('States.Runtime', `${whileExecuting(state, visit)} ${message}`, { fatal: true });
  }

  async #number(
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

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html: a rule that fits brings its own Assign and Output;
  // those of the state belong to Default.
  async #choose(state: ChoiceState, visit: Visit): Promise<Step> {
    const bindings = this.#bindings(state, visit);
    for (const rule of state.rules) {
      const fits = expectType(rule.condition, rule.path, await evaluateTemplate(rule.condition, bindings), 'boolean');
      if (fits)
        return this.#leave({ ...state, output: rule.output, assign: rule.assign }, visit, rule.next, visit.input);
    }
    if (state.fallback !== undefined) return this.#leave(state, visit, state.fallback, visit.input);
    // The error table calls this States.NoChoiceMatched, AWS answers States.Runtime in these words.
    const message = 'Failed to transition out of the state. The state does not point to a next state.';
    throw new StateError('States.Runtime', `${whileExecuting(state, visit)} ${message}`, { fatal: true });
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html: every branch gets a copy; the first that fails stops the others.
  async #parallel(state: ParallelState, visit: Visit): Promise<Step> {
    const { frame } = visit;
    const input = state.arguments ? await evaluateTemplate(state.arguments, this.#bindings(state, visit)) : visit.input;
    const started = this.#record('ParallelStateStarted', frame.cursor);
    const group = frame.cancellation.child();
    const cursors = state.branches.map(() => ({ previous: started }));
    let failure: unknown;
    const branches = state.branches.map(async (branch, i) => {
      const cursor = cursors[i] ?? { previous: started };
      try {
        return await this.#runFlow(branch, input, this.#branchFrame(frame, cursor, group.part));
      } catch (thrown) {
        failure ??= thrown;
        group.part.cancel();
        throw thrown;
      }
    });
    const ends = await Promise.allSettled(branches);
    group.release();
    if (failure !== undefined) throw failure;
    const outputs = ends.map((end) => (end.status === 'fulfilled' ? end.value : null));
    frame.cursor.previous = Math.max(...cursors.map((cursor) => cursor.previous));
    this.#record('ParallelStateSucceeded', frame.cursor);
    return this.#leave(state, visit, state.next, outputs, outputs);
  }

  #branchFrame(
    frame: Frame,
    cursor: Cursor,
    cancellation: Cancellation,
    map: JsonObject | undefined = frame.map,
  ): Frame {
    return { cursor, variables: { ...frame.variables }, cancellation, map };
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
  async #map(state: MapState, visit: Visit): Promise<Step> {
    const { frame } = visit;
    const bindings = this.#bindings(state, visit);
    const items = await this.#items(state, visit, bindings);
    const limit = state.maxConcurrency ? await this.#number(state.maxConcurrency, 'MaxConcurrency', bindings) : 0;
    const tolerated = await this.#toleratedFailures(state, items.length, bindings);
    this.#record('MapStateStarted', frame.cursor, { mapStateStartedEventDetails: { length: items.length } });
    const widest = state.distributed ? 10_000 : inlineConcurrency;
    const concurrency = limit === 0 ? widest : Math.min(limit, widest);
    const outputs = state.distributed
      ? await this.#mapRun(state, visit, items, concurrency, tolerated ?? 0)
      : await this.#inlineMap(state, visit, items, concurrency, tolerated);
    this.#record('MapStateSucceeded', frame.cursor);
    return this.#leave(state, visit, state.next, outputs, outputs);
  }

  async #items(state: MapState, visit: Visit, bindings: Bindings): Promise<readonly Json[]> {
    if (state.items)
      return expectType(
        state.items,
        'Items',
        await evaluateTemplate(state.items, bindings),
        'array',
      ) as readonly Json[];
    if (Array.isArray(visit.input)) return visit.input;
    const message =
      state.language === 'JSONata'
        ? `Map state input must be an array but was: ${JSON.stringify(visit.input)}`
        : 'Reference path "$" must point to array.';
    return this.#refuseValue(state, visit, message, undefined);
  }

  /** How many failures are tolerated; undefined when the state does not say, then the first failure is the state's own. */
  async #toleratedFailures(state: MapState, count: number, bindings: Bindings): Promise<number | undefined> {
    const { toleratedFailureCount, toleratedFailurePercentage } = state;
    if (!toleratedFailureCount && !toleratedFailurePercentage) return undefined;
    const most = toleratedFailureCount
      ? await this.#number(toleratedFailureCount, 'ToleratedFailureCount', bindings)
      : 0;
    const percent = toleratedFailurePercentage
      ? await this.#number(toleratedFailurePercentage, 'ToleratedFailurePercentage', bindings, 'number')
      : 0;
    return Math.max(most, Math.floor((count * percent) / 100));
  }

  async #inlineMap(
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
      return this.#iteration(state, visit, items[index] ?? null, index, cursor, cancellation);
    };
    const outputs = await this.#eachItem(frame, items.length, concurrency, tolerated, iterate);
    frame.cursor.previous = Math.max(started, ...cursors.map((cursor) => cursor.previous));
    return outputs;
  }

  /** Runs all items, so many at a time, until more fail than are tolerated. @throws the failure that was one too many. */
  async #eachItem(
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

  async #iteration(
    state: MapState,
    visit: Visit,
    item: Json,
    index: number,
    cursor: Cursor,
    cancellation: Cancellation,
  ): Promise<Iteration> {
    const details = { name: state.name, index };
    this.#record('MapIterationStarted', cursor, { mapIterationStartedEventDetails: details });
    const frame = this.#branchFrame(visit.frame, cursor, cancellation, { Item: { Index: index, Value: item } });
    try {
      const input = await this.#select(state, { ...visit, frame }, item);
      const output = await this.#runFlow(state.processor, input, frame);
      this.#record('MapIterationSucceeded', cursor, { mapIterationSucceededEventDetails: details });
      return { ok: true, output };
    } catch (thrown) {
      if (thrown instanceof Cancelled) {
        if (!this.#outcome) this.#record('MapIterationAborted', cursor, { mapIterationAbortedEventDetails: details });
        throw thrown;
      }
      const failure = this.#named(state, { ...visit, frame }, thrown);
      this.#record('MapIterationFailed', cursor, { mapIterationFailedEventDetails: details });
      return { ok: false, failure };
    }
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html
  async #select(state: MapState, visit: Visit, item: Json): Promise<Json> {
    return state.itemSelector ? evaluateTemplate(state.itemSelector, this.#bindings(state, visit)) : item;
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html: every item is a child execution with a history of its own.
  async #mapRun(
    state: MapState,
    visit: Visit,
    items: readonly Json[],
    concurrency: number,
    tolerated: number,
  ): Promise<readonly Json[]> {
    const { frame } = visit;
    const { region, account, stateMachineName } = this.options;
    const label = state.label ?? this.#random.uuid();
    const mapRunArn = `arn:aws:states:${region}:${account}:mapRun:${stateMachineName}/${label}:${this.#random.uuid()}`;
    this.#record('MapRunStarted', frame.cursor, { mapRunStartedEventDetails: { mapRunArn } });
    try {
      const outputs = await this.#eachItem(frame, items.length, concurrency, tolerated, (index, cancellation) =>
        this.#childExecution(state, visit, items[index] ?? null, index, cancellation, label),
      );
      this.#record('MapRunSucceeded', frame.cursor);
      return outputs;
    } catch (thrown) {
      if (thrown instanceof Cancelled) {
        if (!this.#outcome) this.#record('MapRunAborted', frame.cursor);
        throw thrown;
      }
      const { error, cause } = thrown instanceof StateError ? thrown : internalError(thrown);
      this.#record('MapRunFailed', frame.cursor, {
        mapRunFailedEventDetails: { ...(error ? { error } : {}), ...(cause ? { cause } : {}) },
      });
      throw thrown;
    }
  }

  async #childExecution(
    state: MapState,
    visit: Visit,
    item: Json,
    index: number,
    cancellation: Cancellation,
    label: string,
  ): Promise<Iteration> {
    const frame = { ...visit.frame, map: { Item: { Index: index, Value: item } } };
    const input = await this.#select(state, { ...visit, frame }, item);
    const { region, account, stateMachineName, stateMachineArn } = this.options;
    const executionName = this.#random.uuid();
    const child = new ExecutionRun({
      ...this.options,
      machine: { ...state.processor, timeoutSeconds: undefined, source: null },
      input,
      inputText: JSON.stringify(input),
      executionName,
      executionArn: `arn:aws:states:${region}:${account}:execution:${stateMachineName}/${label}:${executionName}`,
      stateMachineArn: `${stateMachineArn}/${label}`,
    });
    const forget = cancellation.onCancel(() => child.stop());
    child.start();
    const outcome = await child.finished;
    forget();
    this.#billedTransitions += child.billedTransitions;
    if (outcome.status === 'SUCCEEDED') return { ok: true, output: JSON.parse(outcome.output) as Json };
    return { ok: false, failure: new StateError(outcome.error, outcome.cause) };
  }

  async #task(state: TaskState, visit: Visit): Promise<Step> {
    const { resource } = state;
    const waits = resource.kind === 'service' && resource.pattern === 'waitForTaskToken';
    const waiting = waits ? this.options.tokens.issue() : undefined;
    try {
      const result = await this.#runTask(state, visit, waiting);
      return await this.#leave(state, visit, state.next, result, result);
    } finally {
      waiting?.close();
    }
  }

  async #runTask(state: TaskState, visit: Visit, waiting: WaitingTask | undefined): Promise<Json> {
    const bindings = this.#bindings(state, visit, waiting ? { token: waiting.token } : {});
    const args = state.arguments ? await evaluateTemplate(state.arguments, bindings) : visit.input;
    const timeout = state.timeoutSeconds && (await this.#number(state.timeoutSeconds, 'TimeoutSeconds', bindings));
    const heartbeat =
      state.heartbeatSeconds && (await this.#number(state.heartbeatSeconds, 'HeartbeatSeconds', bindings));
    const events = taskEvents(state.resource, this.options.region);
    const { cursor, cancellation } = visit.frame;
    this.#record(events.scheduled, cursor, events.scheduledDetails(this.#history.text(args), timeout, heartbeat));
    this.#record(events.started, cursor, events.startedDetails());
    const part = cancellation.child();
    const clock = this.#taskClock(part.part, timeout, waiting ? heartbeat : undefined, waiting);
    try {
      const result = await this.#answer(state, args, part.part, waiting, clock.expiry, visit, events);
      this.#checkResult(state.resource, result);
      this.#record(events.succeeded, cursor, events.succeededDetails(JSON.stringify(result)));
      return result;
    } catch (thrown) {
      if (thrown instanceof Cancelled) throw thrown;
      const failure = thrown instanceof StateError ? thrown : internalError(thrown);
      const expired = failure === clock.expired();
      this.#record(expired ? events.timedOut : events.failed, cursor, events.failedDetails(failure, expired));
      throw failure;
    } finally {
      clock.stop();
      part.release();
      part.part.cancel();
    }
  }

  async #answer(
    state: TaskState,
    args: Json,
    cancellation: Cancellation,
    waiting: WaitingTask | undefined,
    expiry: Promise<never>,
    visit: Visit,
    events: TaskEvents,
  ): Promise<Json> {
    const { executionArn, executionName, roleArn, integrations } = this.options;
    const origin = { executionArn, executionName, roleArn, cancellation };
    const within = <T>(promise: Promise<T>): Promise<T> =>
      visit.frame.cancellation.guard(Promise.race([promise, expiry]));
    const { response, completion } = await within(integrations.for(state.resource).call(args, origin));
    const end = waiting?.completion ?? completion;
    if (!end) return response;
    completion?.catch(() => {});
    this.#record('TaskSubmitted', visit.frame.cursor, events.submittedDetails(JSON.stringify(response)));
    return within(end);
  }

  /**
   * The task's deadline, and the longest silence of a task that waits for its token. Heartbeats exist for those only.
   * https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html (TimeoutSeconds, HeartbeatSeconds)
   */
  #taskClock(
    part: Cancellation,
    timeout: number | undefined,
    heartbeat: number | undefined,
    waiting: WaitingTask | undefined,
  ) {
    const { world } = this.options;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    let expired: StateError | undefined;
    const expire = (error: string): void => {
      expired ??= new StateError(error, undefined);
      reject(expired);
      part.cancel();
    };
    const deadline =
      timeout === undefined ? undefined : world.after(timeout * 1000, 'task timeout', () => expire('States.Timeout'));
    const listen = () =>
      world.after((heartbeat ?? 0) * 1000, 'task heartbeat', () => expire('States.HeartbeatTimeout'));
    let silence = heartbeat === undefined ? undefined : listen();
    waiting?.onHeartbeat(() => {
      silence?.cancel();
      if (silence) silence = listen();
    });
    const stop = (): void => {
      deadline?.cancel();
      silence?.cancel();
    };
    return { expiry: promise, expired: () => expired, stop };
  }

  /** @throws StateError States.DataLimitExceeded, which States.ALL takes (recorded). */
  #checkResult(resource: TaskResource, result: Json): void {
    if (typeof result !== 'object' && typeof result !== 'string') return;
    if (isTooLarge(this.#history.text(result))) {
      const name = resource.kind === 'function' ? resource.arn : resource.resourceType;
      throw new StateError('States.DataLimitExceeded', tooLarge(name));
    }
  }

  #sleep(seconds: number, cancellation: Cancellation, what: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.options.world.after(seconds * 1000, what, resolve);
    const forget = cancellation.onCancel(() => timer.cancel());
    return cancellation.guard(promise).finally(forget);
  }

  /** What expressions see. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (reserved variable `states`) */
  #bindings(
    state: { readonly name: string },
    visit: Visit,
    more: { readonly result?: Json; readonly errorOutput?: Json; readonly token?: string } = {},
  ): Bindings {
    const { token, ...rest } = more;
    const states = { input: visit.input, ...rest, context: this.#context(state, visit, token) };
    return { ...this.#functions, ...visit.frame.variables, states };
  }

  // https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
  #context(state: { readonly name: string }, visit: Visit, token: string | undefined): JsonObject {
    const { executionArn, executionName, roleArn, stateMachineArn, stateMachineName, input } = this.options;
    return {
      Execution: {
        Id: executionArn,
        Input: input,
        Name: executionName,
        RoleArn: roleArn,
        StartTime: new Date(this.startedAt).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: stateMachineArn, Name: stateMachineName },
      State: { Name: state.name, EnteredTime: visit.enteredTime, RetryCount: visit.retryCount },
      ...(visit.frame.map ? { Map: visit.frame.map } : {}),
      ...(token === undefined ? {} : { Task: { Token: token } }),
    };
  }
}

const endEvents = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

function whileExecuting(state: { readonly name: string }, visit: Visit): string {
  return `An error occurred while executing the state '${state.name}' (entered at the event id #${visit.enteredId}).`;
}

function isTooLarge(text: string): boolean {
  return text.length * 3 > maximumPayloadBytes && Buffer.byteLength(text) > maximumPayloadBytes;
}

function tooLarge(name: string): string {
  return `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: States.ExceedToleratedFailureThreshold
function thresholdExceeded(): StateError {
  return new StateError(
    'States.ExceedToleratedFailureThreshold',
    'The specified tolerated failure threshold was exceeded',
  );
}

/** A mistake of the simulator or of a port: it ends the execution, uncaught, so that nobody takes it for AWS's answer. */
function internalError(thrown: unknown): StateError {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new StateError('States.Runtime', `The local cloud failed: ${text}`, { fatal: true });
}
