/** Reads Auto Scaling groups' tags. */
export interface GroupDirectory {
  /** Tags by key; undefined when there is no such group (any more). */
  tags(groupName: string): Promise<Readonly<Record<string, string>> | undefined>;
}

/** Starts state machines. */
export interface Workflows {
  /** Whether this deployment has the workflow. */
  has(workflow: string): boolean;
  /** `already-started`: an execution of this name exists, so the signal came before. */
  start(workflow: string, name: string, input: unknown): Promise<'started' | 'already-started'>;
}
