/**
 * Services live five minutes, so that a rotated credential or a changed registry entry is picked up by warm functions.
 */
export const SERVICES_LIVE_MS = 5 * 60_000;

/**
 * Remembers what was built, per key, for {@link SERVICES_LIVE_MS}. Callers that ask meanwhile share one build.
 * A build that failed is not remembered: the next call tries again.
 */
export class ServiceCache<S> {
  readonly #entries = new Map<string, { readonly built: Promise<S>; readonly until: number }>();

  get(key: string, nowMs: number, build: () => Promise<S>): Promise<S> {
    const known = this.#entries.get(key);
    if (known && nowMs < known.until) return known.built;
    const built = build();
    const entry = { built, until: nowMs + SERVICES_LIVE_MS };
    this.#entries.set(key, entry);
    built.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return built;
  }
}
