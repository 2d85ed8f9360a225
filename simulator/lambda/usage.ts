/** What a function has used since the world began. */
export interface FunctionUsage {
  readonly functionName: string;
  readonly memoryMb: number;
  readonly invocations: number;
  readonly errors: number;
  readonly coldStarts: number;
  /** HTTP requests that its code sent. */
  readonly requests: number;
  /** As on the bill: each invocation rounded up to a millisecond, initialisation included. */
  readonly billedMs: number;
  readonly gigabyteSeconds: number;
}

/** One ended invocation, for the bill. */
export interface UsageEntry {
  readonly functionName: string;
  readonly memoryMb: number;
  readonly billedMs: number;
  readonly requests: number;
  readonly failed: boolean;
  readonly cold: boolean;
}

/** Meters all functions of a world. */
export class UsageMeter {
  readonly #byFunction = new Map<string, FunctionUsage>();

  record(entry: UsageEntry): void {
    const { functionName, memoryMb, billedMs } = entry;
    const before = this.#byFunction.get(functionName);
    this.#byFunction.set(functionName, {
      functionName,
      memoryMb,
      invocations: (before?.invocations ?? 0) + 1,
      errors: (before?.errors ?? 0) + (entry.failed ? 1 : 0),
      coldStarts: (before?.coldStarts ?? 0) + (entry.cold ? 1 : 0),
      requests: (before?.requests ?? 0) + entry.requests,
      billedMs: (before?.billedMs ?? 0) + billedMs,
      gigabyteSeconds: (before?.gigabyteSeconds ?? 0) + (billedMs / 1000) * (memoryMb / 1024),
    });
  }

  /** By function name. */
  all(): readonly FunctionUsage[] {
    return [...this.#byFunction.values()].sort((a, b) => (a.functionName < b.functionName ? -1 : 1));
  }
}
