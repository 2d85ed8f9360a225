import type { Timer } from '../world/world.ts';

/** Runs something later on the world's clock, on behalf of whoever asks now. */
export type Later = (milliseconds: number, what: string, run: () => void) => Timer;

type Callback = (...args: unknown[]) => void;

/** What `setTimeout` returns: as Node's Timeout, also usable as a number. */
export class VirtualTimeout {
  readonly #id: number;
  readonly #start: () => Timer;
  #timer: Timer;

  constructor(id: number, start: () => Timer) {
    this.#id = id;
    this.#start = start;
    this.#timer = start();
  }

  refresh(): this {
    this.#timer.cancel();
    this.#timer = this.#start();
    return this;
  }

  cancel(): void {
    this.#timer.cancel();
  }

  close(): this {
    this.cancel();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** The timer functions of a sandbox. Node's rules: a delay below 1 ms or above 2^31-1 is 1 ms; `setImmediate` is 0. */
export interface VirtualTimers {
  readonly setTimeout: (run: Callback, milliseconds?: number, ...args: unknown[]) => VirtualTimeout;
  readonly setInterval: (run: Callback, milliseconds?: number, ...args: unknown[]) => VirtualTimeout;
  readonly setImmediate: (run: Callback, ...args: unknown[]) => VirtualTimeout;
  readonly clear: (timeout?: unknown) => void;
}

/** Timers for one sandbox; `later` decides when they are due, and nothing of them outlives its sandbox. */
export function virtualTimers(later: Later): VirtualTimers {
  // Weakly: one that is neither fired nor cleared when its world ends would hold that world, where a sandbox's modules go on to the next.
  const timeouts = new Map<number, WeakRef<VirtualTimeout>>();
  let lastId = 0;
  const start = (what: string, milliseconds: number, again: boolean, run: () => void): VirtualTimeout => {
    lastId += 1;
    const id = lastId;
    const schedule = (): Timer =>
      later(milliseconds, what, () => {
        if (again) timeout.refresh();
        else timeouts.delete(id);
        run();
      });
    const timeout = new VirtualTimeout(id, schedule);
    timeouts.set(id, new WeakRef(timeout));
    return timeout;
  };
  return {
    setTimeout: (run, milliseconds, ...args) => start('setTimeout', delay(milliseconds), false, () => run(...args)),
    setInterval: (run, milliseconds, ...args) => start('setInterval', delay(milliseconds), true, () => run(...args)),
    setImmediate: (run, ...args) => start('setImmediate', 0, false, () => run(...args)),
    clear: (timeout) => {
      const id = Number(timeout);
      timeouts.get(id)?.deref()?.cancel();
      timeouts.delete(id);
    },
  };
}

function delay(milliseconds: number | undefined): number {
  const value = Number(milliseconds);
  return value >= 1 && value <= 2_147_483_647 ? Math.trunc(value) : 1;
}
