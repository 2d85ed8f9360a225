/** Where a signal comes from, as far as it says. */
export interface Origin {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** What the directory knows of a group. */
export interface GroupEntry {
  /** Tags by key. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether it lies in another account or region than this deployment. */
  readonly elsewhere: boolean;
}

/** Reads Auto Scaling groups' tags, also in the accounts and regions of registered clusters. */
export interface GroupDirectory {
  /** undefined when there is no such group (any more), or when its place is no registered cluster's. */
  find(groupName: string, origin: Origin): Promise<GroupEntry | undefined>;
}

/** Starts state machines. */
export interface Workflows {
  /** Whether this deployment has the workflow. */
  has(workflow: string): boolean;
  /** `already-started`: an execution of this name exists, so the signal came before. */
  start(workflow: string, name: string, input: unknown): Promise<'started' | 'already-started'>;
}
