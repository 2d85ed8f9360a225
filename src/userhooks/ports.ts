/** Points at which hooks were run for an instance that leaves, and by whom. */
export interface HookRuns {
  /** ARN of the execution whose work the hooks were around. */
  readonly owner: string;
  /** `before-drain` and the like. */
  readonly points: readonly string[];
}

/** One object per instance, compare-and-swapped. */
export interface HookRunStore {
  read(cluster: string, instanceId: string): Promise<{ readonly runs: HookRuns; readonly etag: string } | undefined>;
  /** Writes when the stored one still has this etag (undefined: when there is none); otherwise writes nothing. */
  write(cluster: string, instanceId: string, runs: HookRuns, etag: string | undefined): Promise<'written' | 'conflict'>;
}

/** Reads Step Functions. */
export interface OwnersOfHooks {
  /** undefined when Step Functions does not know it (any more). `endedAt` is missing while it runs. */
  describe(executionArn: string): Promise<{ readonly status: string; readonly endedAt?: Date | undefined } | undefined>;
}
