import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Cancellation } from './cancellation.ts';
import type { Flow, Machine } from './definition.ts';
import type { Cursor, EventDetails } from './execution-history.ts';
import type { Json, JsonObject } from './json.ts';
import type { TaskIntegrations } from './task-integration.ts';
import type { TaskTokens } from './task-tokens.ts';

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
export interface Frame {
  readonly cursor: Cursor;
  /** Variables that this line sees. A branch starts with a copy: what it assigns nobody outside sees. */
  readonly variables: Record<string, Json>;
  readonly cancellation: Cancellation;
  /** `Map` of the context object, inside an iteration. */
  readonly map: JsonObject | undefined;
}

/** One visit to a state. */
export interface Visit {
  readonly frame: Frame;
  readonly input: Json;
  readonly enteredId: number;
  readonly enteredTime: string;
  retryCount: number;
}

/** What a visit led to. */
export interface Step {
  readonly output: Json;
  readonly next: string | undefined;
  readonly assigned: Readonly<Record<string, Json>>;
}

/** An execution that another one started, by a distributed Map. */
interface ChildRun {
  readonly finished: Promise<Outcome>;
  readonly billedTransitions: number;
  stop(): void;
}

/** The execution as its states see it. */
export interface Engine {
  readonly options: RunOptions;
  /** The execution's own luck. */
  readonly random: Random;
  /** What expressions may call besides JSONata's functions. */
  readonly functions: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** @throws Cancelled when the execution is over, or is ended by this very event: the history is full. */
  record(type: HistoryEventType, cursor: Cursor, details?: EventDetails): number;
  isOver(): boolean;
  /** Writes to the world's log. */
  log(event: string, details?: Readonly<Record<string, unknown>>): void;
  /** Counts state transitions. */
  bill(transitions: number): void;
  /** The JSON text of a value. */
  text(value: Json): string;
  /** Runs a branch or an iteration to its end. @throws StateError, Cancelled */
  runFlow(flow: Flow, input: Json, frame: Frame): Promise<Json>;
  startChild(options: RunOptions): ChildRun;
}
