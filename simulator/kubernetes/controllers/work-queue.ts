import type { World } from '../../world/world.ts';

/** Keys that wait for a controller; each is there once. Processed together, a moment after the first was added. */
export class WorkQueue {
  readonly #world: World;
  readonly #what: string;
  readonly #delayMs: number;
  readonly #process: (key: string) => void;
  #keys = new Set<string>();
  #scheduled = false;

  /** `delayMs` is how long the real controller takes to react. */
  constructor(world: World, what: string, delayMs: number, process: (key: string) => void) {
    this.#world = world;
    this.#what = what;
    this.#delayMs = delayMs;
    this.#process = process;
  }

  add(key: string): void {
    this.#keys.add(key);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#world.after(this.#delayMs, this.#what, () => this.#flush());
  }

  /** Adds the key after so many milliseconds. */
  addAfter(milliseconds: number, key: string): void {
    this.#world.after(milliseconds, this.#what, () => this.add(key));
  }

  #flush(): void {
    const keys = this.#keys;
    this.#keys = new Set();
    this.#scheduled = false;
    for (const key of keys) this.#process(key);
  }
}
