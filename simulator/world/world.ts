import { Faults } from './faults.ts';
import { History } from './history.ts';
import { Random } from './random.ts';

/** A thing that is to happen; cancelling one that has happened does nothing. */
export interface Timer {
  /** Epoch milliseconds of the world. */
  readonly at: number;
  cancel(): void;
}

interface Pending extends Timer {
  readonly sequence: number;
  readonly what: string;
  readonly run: () => void;
  cancelled: boolean;
  /** Background work (heartbeats, periodic ticks) does not count when a world is asked whether it is idle. */
  readonly background: boolean;
}

/** Of real time, at once, when a world keeps pace with it. */
const LONGEST_STEP_MS = 200;
/** Of the world's time, at once, meanwhile. */
const SLICE_MS = 250;

export interface WorldOptions {
  readonly seed: number | string;
  /** Where the clock starts; default 2026-03-02T09:00:00Z, a Monday. */
  readonly startsAt?: Date;
  /**
   * Frames in the stacks of errors that are made while this world goes on; default Node's. Clients make errors for what is no failure (a credential
   * provider that has none, a request that is done with), and their stacks cost a quarter of all: `0` for many small worlds.
   */
  readonly stackFrames?: number;
}

/**
 * Time, luck, faults and the log of one simulated world.
 *
 * Time is virtual: it stands still while anything computes and jumps to the next timer when everything waits. The
 * whole simulation is driven by timers on this queue and by promises that such timers resolve. What needs real time
 * (a real shell, a real process) wraps itself in {@link World.realWork}, which holds the clock meanwhile.
 */
export class World {
  readonly random: Random;
  readonly history: History;
  readonly faults = new Faults();
  readonly #heap: Pending[] = [];
  #sequence = 0;
  #now: number;
  #real = 0;
  #driving = false;
  readonly #stackFrames: number | undefined;

  constructor(options: WorldOptions) {
    this.#stackFrames = options.stackFrames;
    this.random = new Random(options.seed);
    this.#now = (options.startsAt ?? new Date('2026-03-02T09:00:00Z')).getTime();
    this.history = new History(() => this.#now);
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#now);
  }

  /** Runs something after so many milliseconds. `what` is for people who look at the queue. */
  after(milliseconds: number, what: string, run: () => void): Timer {
    return this.#push(milliseconds, what, run, false);
  }

  /** As {@link World.after}, for periodic work that never ends: it does not keep a world from being idle. */
  afterInBackground(milliseconds: number, what: string, run: () => void): Timer {
    return this.#push(milliseconds, what, run, true);
  }

  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number, what = 'sleep'): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, what, resolve);
    });
  }

  /** Holds the clock until real work (a process, a socket) is done. */
  async realWork<T>(work: () => Promise<T>): Promise<T> {
    this.#real += 1;
    try {
      return await work();
    } finally {
      this.#real -= 1;
    }
  }

  /** Lets so many milliseconds pass. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await this.#drive(() => {
      const next = this.#peek();
      return next === undefined || next.at > until;
    });
    this.#now = Math.max(this.#now, until);
  }

  /**
   * Lets time pass until the condition holds.
   * @throws Error when it does not hold after `atMostMs` (default a day), naming what was awaited.
   */
  async until(what: string, condition: () => boolean, atMostMs = 86_400_000): Promise<void> {
    const limit = this.#now + atMostMs;
    await this.#drive(() => {
      if (condition()) return true;
      const next = this.#peek();
      return next === undefined || next.at > limit;
    });
    if (!condition()) throw new Error(`waited ${atMostMs / 1000} s of virtual time in vain until ${what}`);
  }

  /** Lets time pass until only background work is left. */
  async untilIdle(atMostMs = 7 * 86_400_000): Promise<void> {
    await this.until(
      'nothing but background work is left',
      () => !this.#heap.some((p) => !p.background && !p.cancelled),
      atMostMs,
    );
  }

  /**
   * Keeps pace with real time, `speed` virtual seconds a second, until the signal aborts. Requests from outside may
   * arrive at any moment. Time that the machine had no time for is not made up for: a leap would be past the deadlines of whoever waits for
   * a real server.
   * @param speed may change as it goes
   */
  async pace(speed: number | (() => number), signal: AbortSignal): Promise<void> {
    const speedNow = typeof speed === 'number' ? () => speed : speed;
    let last = performance.now();
    while (!signal.aborted) {
      const real = performance.now();
      const passed = Math.min(real - last, LONGEST_STEP_MS);
      last = real;
      // In slices, so that whoever slows time down is heard in time.
      for (let left = passed; left > 0 && !signal.aborted; ) {
        const slice = Math.min(left * speedNow(), SLICE_MS);
        left -= slice / speedNow();
        await this.advance(slice);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Lets everything that can go on without time passing go on. */
  async settle(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#real > 0);
  }

  async #drive(done: () => boolean): Promise<void> {
    if (this.#driving) throw new Error('the world is already being driven; await that first');
    this.#driving = true;
    const framesBefore = Error.stackTraceLimit;
    Error.stackTraceLimit = this.#stackFrames ?? framesBefore;
    try {
      await this.settle();
      while (!done()) {
        const next = this.#pop();
        if (next === undefined) return;
        this.#now = Math.max(this.#now, next.at);
        next.run();
        await this.settle();
      }
    } finally {
      this.#driving = false;
      Error.stackTraceLimit = framesBefore;
    }
  }

  #push(milliseconds: number, what: string, run: () => void, background: boolean): Timer {
    const pending: Pending = {
      at: this.#now + Math.max(0, milliseconds),
      sequence: this.#sequence++,
      what,
      run,
      background,
      cancelled: false,
      cancel() {
        this.cancelled = true;
      },
    };
    const heap = this.#heap;
    heap.push(pending);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i] as Pending, heap[parent] as Pending)) break;
      swap(heap, i, parent);
      i = parent;
    }
    return pending;
  }

  #peek(): Pending | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst();
    return this.#heap[0];
  }

  #pop(): Pending | undefined {
    const first = this.#peek();
    if (first) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && before(heap[left] as Pending, heap[least] as Pending)) least = left;
      if (right < heap.length && before(heap[right] as Pending, heap[least] as Pending)) least = right;
      if (least === i) break;
      swap(heap, i, least);
      i = least;
    }
  }
}

function before(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

function swap(heap: Pending[], i: number, j: number): void {
  [heap[i], heap[j]] = [heap[j] as Pending, heap[i] as Pending];
}
