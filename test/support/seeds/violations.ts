/** A rule that was broken, in a sentence, and when. */
export interface Violation {
  readonly at: number;
  readonly rule: string;
  readonly what: string;
}

/** The rules that a seed has broken so far. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(rule: string, what: string): void {
    this.list.push({ at: this.#now(), rule, what });
  }
}
