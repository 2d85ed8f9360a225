/** Where registry entries are kept. */
export interface ClusterEntries {
  /** The text of one entry; undefined when there is none of this name. */
  read(name: string): Promise<string | undefined>;
  /** Every entry. One whose text cannot be had (a policy in S3 that is gone) says why and does not hold up the others. */
  readAll(): Promise<readonly EntryText[]>;
}

export type EntryText =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly unreadable: string };

/** Starts workflows. */
export interface WorkflowStarter {
  /** Starts an execution of this name; one that exists already is as good. */
  start(
    workflow: string,
    executionName: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<'started' | 'already-started'>;
}
