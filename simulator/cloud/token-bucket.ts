/** A token bucket on virtual time. Starts full. */
export class TokenBucket {
  readonly #burst: number;
  readonly #refillPerSecond: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, refillPerSecond: number, now: number) {
    this.#burst = burst;
    this.#refillPerSecond = refillPerSecond;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes so many tokens when they are there. `now`: epoch milliseconds. */
  take(now: number, tokens = 1): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#refillPerSecond);
    this.#at = now;
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }
}
