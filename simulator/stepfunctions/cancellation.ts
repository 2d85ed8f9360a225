import { Cancelled } from './state-error.ts';

/** What can be stopped as a whole: an execution, one branch, one task. Cancelling a parent cancels its children first-born first. */
export class Cancellation {
  #cancelled = false;
  readonly #listeners = new Set<() => void>();

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Stops everything that listens; once. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls the listener when it is cancelled (at once if it is already); returns how to forget that. */
  onCancel(listener: () => void): () => void {
    if (this.#cancelled) {
      listener();
      return () => {};
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A part of this that can be cancelled alone. Call `release` when it is over. */
  child(): { readonly part: Cancellation; readonly release: () => void } {
    const part = new Cancellation();
    return { part, release: this.onCancel(() => part.cancel()) };
  }

  /** @throws Cancelled when cancelled. */
  check(): void {
    if (this.#cancelled) throw new Cancelled('cancelled');
  }

  /** The promise's value, unless this is cancelled first. @throws Cancelled */
  guard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.onCancel(() => reject(new Cancelled('cancelled')));
      promise.then(
        (value) => {
          forget();
          resolve(value);
        },
        (error: unknown) => {
          forget();
          reject(error);
        },
      );
    });
  }
}
