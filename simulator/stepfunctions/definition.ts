import type { Json } from './json.ts';
import type { Retrier } from './retry-policy.ts';
import type { TaskResource } from './task-resource.ts';
import type { Template } from './template.ts';

/** `Assign`, compiled: variable names and their values. */
export type Assignments = readonly (readonly [string, Template])[];

/** One catcher. */
export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly output: Template | undefined;
  readonly assign: Assignments;
}

interface StateBase {
  readonly name: string;
  readonly language: 'JSONata' | 'JSONPath';
  /** The next state; undefined where the flow ends. */
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: Assignments;
}

/** Retry and Catch of Task, Parallel and Map. */
export interface FailureHandling {
  readonly retry: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

interface PassState extends StateBase {
  readonly type: 'Pass';
}
interface SucceedState extends StateBase {
  readonly type: 'Succeed';
}
interface FailState extends StateBase {
  readonly type: 'Fail';
  readonly error: Template | undefined;
  readonly cause: Template | undefined;
}
export interface WaitState extends StateBase {
  readonly type: 'Wait';
  readonly seconds: Template | undefined;
  readonly timestamp: Template | undefined;
}
export interface ChoiceRule {
  readonly condition: Template;
  readonly path: string;
  readonly next: string;
  readonly output: Template | undefined;
  readonly assign: Assignments;
}
export interface ChoiceState extends StateBase {
  readonly type: 'Choice';
  readonly rules: readonly ChoiceRule[];
  /** Where to go when no rule fits. */
  readonly fallback: string | undefined;
}
export interface TaskState extends StateBase, FailureHandling {
  readonly type: 'Task';
  readonly resource: TaskResource;
  readonly arguments: Template | undefined;
  readonly timeoutSeconds: Template | undefined;
  readonly heartbeatSeconds: Template | undefined;
}
export interface ParallelState extends StateBase, FailureHandling {
  readonly type: 'Parallel';
  readonly arguments: Template | undefined;
  readonly branches: readonly Flow[];
}
export interface MapState extends StateBase, FailureHandling {
  readonly type: 'Map';
  readonly items: Template | undefined;
  readonly itemSelector: Template | undefined;
  readonly maxConcurrency: Template | undefined;
  readonly toleratedFailureCount: Template | undefined;
  readonly toleratedFailurePercentage: Template | undefined;
  readonly distributed: boolean;
  readonly label: string | undefined;
  readonly processor: Flow;
}

/** A state, validated and compiled. */
export type State =
  | PassState
  | SucceedState
  | FailState
  | WaitState
  | ChoiceState
  | TaskState
  | ParallelState
  | MapState;

/** States that lead from one to the next: a machine, a branch, an item processor. */
export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** A state machine, validated and compiled. */
export interface Machine extends Flow {
  readonly timeoutSeconds: number | undefined;
  readonly source: Json;
}
