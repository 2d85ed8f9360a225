/** A time of the week at which something may be done. */
export interface Window {
  /** On which it begins: `monday`. */
  readonly days: readonly string[];
  /** `02:00`, by the clocks of its time zone. */
  readonly start: string;
  /** That pass, whatever the clocks do. */
  readonly minutes: number;
  /** Of the IANA database. */
  readonly timeZone: string;
}

/** A time at which nothing may be done, whatever the windows say. */
export interface Blackout {
  /** `2026-12-20`, or `2026-12-20T18:00`. */
  readonly from: string;
  /** The same. A day belongs to it; a time is its end. */
  readonly until: string;
  /** Default: that of the first window, else UTC. */
  readonly timeZone?: string | undefined;
}
