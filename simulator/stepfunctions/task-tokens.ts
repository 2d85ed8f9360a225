import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { Json } from './json.ts';
import { StateError } from './state-error.ts';

/** A task that waits for a call with its token. */
export interface WaitingTask {
  readonly token: string;
  /** Ends with SendTaskSuccess's output. @throws StateError from SendTaskFailure. */
  readonly completion: Promise<Json>;
  /** Calls back on every SendTaskHeartbeat. */
  onHeartbeat(listener: () => void): void;
  /** The task is over; its token answers TaskTimedOut from now on. */
  close(): void;
}

interface Entry {
  readonly succeed: (output: Json) => void;
  readonly fail: (error: StateError) => void;
  readonly listeners: Set<() => void>;
}

/** Task tokens of one account. https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token */
export class TaskTokens {
  readonly #open = new Map<string, Entry>();
  readonly #closed = new Set<string>();
  readonly #world: World;
  #issued = 0;

  constructor(world: World) {
    this.#world = world;
  }

  issue(): WaitingTask {
    this.#issued += 1;
    const luck = this.#world.random.for('states:tokens').hex(32);
    const token = Buffer.from(`task-token-${this.#issued}-${luck}`).toString('base64');
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    // Nobody may be listening yet when a failure is sent.
    promise.catch(() => {});
    const listeners = new Set<() => void>();
    this.#open.set(token, { succeed: resolve, fail: reject, listeners });
    return {
      token,
      completion: promise,
      onHeartbeat: (listener) => listeners.add(listener),
      close: () => this.#close(token),
    };
  }

  /** SendTaskSuccess. @throws AwsError InvalidToken, TaskTimedOut */
  succeed(token: string, output: Json): void {
    this.#entry(token).succeed(output);
    this.#close(token);
  }

  /** SendTaskFailure. @throws AwsError InvalidToken, TaskTimedOut */
  fail(token: string, error: string | undefined, cause: string | undefined): void {
    this.#entry(token).fail(new StateError(error, cause));
    this.#close(token);
  }

  /** SendTaskHeartbeat. @throws AwsError InvalidToken, TaskTimedOut */
  beat(token: string): void {
    for (const listener of this.#entry(token).listeners) listener();
  }

  #entry(token: string): Entry {
    const entry = this.#open.get(token);
    if (entry) return entry;
    if (this.#closed.has(token)) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  }

  #close(token: string): void {
    if (this.#open.delete(token)) this.#closed.add(token);
  }
}
