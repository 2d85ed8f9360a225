/** How often one kind of caller made one call. */
export interface MeterLine {
  /** Role name, or `operator`. */
  readonly caller: string;
  /** `ec2:DescribeInstances`. */
  readonly operation: string;
  readonly calls: number;
  readonly throttles: number;
  /** Errors of any kind, throttles included. */
  readonly errors: number;
}

/** Counts API calls by caller and operation. */
export class Meter {
  readonly #lines = new Map<string, { -readonly [K in keyof MeterLine]: MeterLine[K] }>();

  count(caller: string, operation: string, kind: 'calls' | 'throttles' | 'errors'): void {
    const key = `${caller}\n${operation}`;
    let line = this.#lines.get(key);
    if (!line) {
      line = { caller, operation, calls: 0, throttles: 0, errors: 0 };
      this.#lines.set(key, line);
    }
    line[kind] += 1;
  }

  lines(): readonly MeterLine[] {
    return [...this.#lines.values()];
  }

  /** The sum over all lines that fit. */
  total(kind: 'calls' | 'throttles' | 'errors', which: (line: MeterLine) => boolean = () => true): number {
    return this.lines()
      .filter(which)
      .reduce((sum, line) => sum + line[kind], 0);
  }
}
