/** One disruption: a node that is out of service, or about to be, because of an execution. Kept in a bucket that people read: no secrets. */
export interface Lease {
  readonly instanceId: string;
  /** Empty when the instance has no Node. */
  readonly nodeName: string;
  /** Empty when the instance is in no group. */
  readonly groupName: string;
  readonly zone: string;
  /** What for, in words: `scheduled-maintenance`. */
  readonly reason: string;
  /** The execution's ARN. */
  readonly execution: string;
  /** Whether it could have waited. */
  readonly voluntary: boolean;
  /** ISO 8601. */
  readonly takenAt: string;
  /** Noted before the group's desired capacity is raised for a replacement that is launched first. */
  readonly surge?: Surge | undefined;
}

/** What a group's desired capacity was before one was added. */
export interface Surge {
  readonly desiredBefore: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Who disrupts what in a cluster, by leave or by force. */
export interface Ledger {
  readonly leases: readonly Lease[];
}

/** One object per cluster, compare-and-swapped. */
export interface Ledgers {
  /** undefined when nothing was ever disrupted. */
  read(cluster: string): Promise<{ readonly ledger: Ledger; readonly etag: string } | undefined>;
  /** Writes when the stored one still has this etag (undefined: when there is none); otherwise writes nothing. */
  write(cluster: string, ledger: Ledger, etag: string | undefined): Promise<'written' | 'conflict'>;
}

/** How many nodes may be out of service at a time: a number, or a percentage (`10%`). */
export type Budget = number | string;

/** The budgets of a cluster's registry entry. */
export interface Budgets {
  readonly perGroup: Budget;
  readonly perCluster: Budget;
}

/** An Auto Scaling group, as far as disruptions go. */
export interface Group {
  readonly name: string;
  /** `worker`, `control-plane`, `etcd`. */
  readonly role: string;
  readonly desiredCapacity: number;
  readonly maxSize: number;
  /** Without those of a warm pool. */
  readonly members: readonly Member[];
  /** The managed node group that it belongs to, as EKS calls it; missing: none. */
  readonly managed?: NodeGroupName | undefined;
  /** How many of its nodes EKS takes out of service at a time, now that it rolls the group; missing: it does not. */
  readonly takenByEks?: number | undefined;
}

/** A managed node group. */
export interface NodeGroupName {
  readonly clusterName: string;
  readonly nodeGroup: string;
}

export interface Member {
  readonly instanceId: string;
  /** `Pending:Wait`, `InService`, `Terminating:Wait`, … */
  readonly lifecycleState: string;
  /** What Auto Scaling thinks of it: an unhealthy one is about to be replaced. */
  readonly healthy: boolean;
}

/** Reads Auto Scaling. */
export interface Groups {
  /** All groups tagged with this cluster. */
  ofCluster(cluster: string): Promise<readonly Group[]>;
}

/** Reads EC2. */
export interface Instances {
  /** In batches; an instance that EC2 does not know any more is missing from the map. */
  describe(instanceIds: readonly string[]): Promise<ReadonlyMap<string, { readonly state: string }>>;
}

/** Reads Step Functions. */
export interface Executions {
  /** undefined when Step Functions does not know it (any more). */
  describe(executionArn: string): Promise<{ readonly status: string } | undefined>;
}

/** A Kubernetes Node, as far as being in service goes. */
export interface ServingNode {
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly unschedulable: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Nodes {
  get(name: string): Promise<ServingNode | undefined>;
}

/** Luck and patience, so that those who meet at one object part. */
export interface Luck {
  /** From 0 up to 1. */
  random(): number;
  pause(milliseconds: number): Promise<void>;
}
