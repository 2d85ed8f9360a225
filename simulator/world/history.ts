/** One thing that happened: when (epoch milliseconds of the world), where, what, and plain JSON details. */
export interface HistoryEntry {
  readonly at: number;
  /** Who tells it: a service (`autoscaling`), `kubernetes:demo`, `instance:i-0abc`, `states`, `lambda:name`. */
  readonly source: string;
  /** What happened, in the field's words: `LifecycleHookWaiting`, `NodeReady`. */
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The world's log. Same seed, same log, to the byte: never put real randomness into it (keys, certificates, tokens);
 * name such things by ordinal, or leave them out. Never put a secret into it.
 */
export class History {
  readonly #entries: HistoryEntry[] = [];
  readonly #listeners = new Set<(entry: HistoryEntry) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  record(source: string, event: string, details: Readonly<Record<string, unknown>> = {}): void {
    const entry = { at: this.#now(), source, event, details };
    this.#entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** Calls the listener for everything from now on; returns how to stop that. */
  listen(listener: (entry: HistoryEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The whole log as JSON lines: what two runs of one seed are compared by. */
  toText(): string {
    return this.#entries.map((entry) => JSON.stringify(entry)).join('\n');
  }
}
