import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Random } from '../world/random.ts';
import { Cancellation } from './cancellation.ts';
import type { Engine, Frame, Outcome, RunOptions } from './engine.ts';
import { type Cursor, type EventDetails, ExecutionHistory } from './execution-history.ts';
import { internalError } from './internal-error.ts';
import { worldFunctions } from './jsonata-functions.ts';
import { Cancelled, StateError } from './state-error.ts';
import { runFlow } from './visit-state.ts';

/** Events that the history of a standard execution may have; the last one is its failure. https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html */
const maximumHistoryEvents = 25_000;

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
      const output = await runFlow(this.#engine(), this.options.machine, this.options.input, frame);
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
  #record(type: HistoryEventType, cursor: Cursor, details?: EventDetails): number {
    if (this.#outcome) throw new Cancelled('the execution is over');
    // Express executions have no such limit; ten times as much only ends a loop in which no time passes.
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

  #engine(): Engine {
    const engine: Engine = {
      options: this.options,
      random: this.#random,
      functions: this.#functions,
      startedAt: this.startedAt,
      record: (type, cursor, details) => this.#record(type, cursor, details),
      isOver: () => this.#outcome !== undefined,
      log: (event, details) => this.#log(event, details),
      bill: (transitions) => {
        this.#billedTransitions += transitions;
      },
      text: (value) => this.#history.text(value),
      runFlow: (flow, input, frame) => runFlow(engine, flow, input, frame),
      startChild: (options) => {
        const child = new ExecutionRun(options);
        child.start();
        return child;
      },
    };
    return engine;
  }
}

const endEvents = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;
