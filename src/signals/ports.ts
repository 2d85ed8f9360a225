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
  /** As somebody found it within the last quarter of an hour; Auto Scaling is not asked. undefined when nobody remembers. */
  recall(groupName: string, origin: Origin): Promise<GroupEntry | undefined>;
}

/** Groups' tags as they were found not long ago. It only saves questions: what it cannot do, it leaves. */
export interface GroupMemory {
  /** `place` is account and region: `123456789012/us-east-1`. */
  recall(place: string, groupName: string): Promise<Readonly<Record<string, string>> | undefined>;
  remember(place: string, groupName: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** An instance of a cluster's Auto Scaling group. */
export interface InstanceEntry {
  readonly instanceId: string;
  /** The cluster that its group's tag names; where the group is gone, the instance's own. */
  readonly cluster: string;
  readonly groupName: string;
  /** `InService`, `Warmed:Stopped` and the like; absent when it is in its group no more. */
  readonly lifecycleState?: string | undefined;
}

/** Knows which instances belong to clusters, also in the accounts and regions of registered ones, and terminated ones for as long as EC2 does. */
export interface InstanceDirectory {
  /** By id. Those that are in no group of a cluster are not in it, nor any when their place is no registered cluster's. */
  find(instanceIds: readonly string[], origin: Origin): Promise<ReadonlyMap<string, InstanceEntry>>;
}

/** The registry, as far as signals about a whole cluster go. */
export interface ClusterDirectory {
  /** Whether a cluster of this name is registered, and what comes from there may speak for it. */
  believes(cluster: string, origin: Origin): Promise<boolean>;
}

/** Health passes that signals ask for: many nodes tell at once, and one pass sees them all. */
export interface AskedPasses {
  /** Whether this one is to be made: none was asked for within so many seconds before. Of many that ask at once one is the first. */
  claim(cluster: string, seconds: number, now: Date): Promise<boolean>;
}

/** Starts state machines. */
export interface Workflows {
  /** Whether this deployment has the workflow. */
  has(workflow: string): boolean;
  /** `already-started`: an execution of this name exists, so the signal came before. */
  start(workflow: string, name: string, input: unknown): Promise<'started' | 'already-started'>;
}
