/** What is tried with a sick node, in the order in which it disrupts. */
export type Rung = 'restart' | 'reboot' | 'replace' | 'page';

export type Role = 'worker' | 'control-plane' | 'etcd';

/** What a cluster's registry entry says about repairs; the registry's `Cluster` has this shape. */
export interface RepairPolicy {
  readonly name: string;
  /** How often health passes look; 0: never. */
  readonly schedules: { readonly healthMinutes: number };
  readonly health: {
    /** `notify`, `off`: only a person begins a repair. */
    readonly repair: 'on' | 'notify' | 'off';
    /** ISO 8601. */
    readonly pausedUntil?: string | undefined;
    /** Where that is written, in words. */
    readonly pausedBy?: string | undefined;
    /** So long nothing is judged by its silence after the API server was away. */
    readonly quietMinutes: number;
    readonly rules: readonly {
      readonly signal: string;
      readonly status?: 'True' | 'False' | 'Unknown' | undefined;
      readonly ladder: readonly Rung[];
    }[];
    readonly flapping: { readonly withinMinutes: number };
    readonly rungMinutes: { readonly restart: number; readonly reboot: number; readonly replace: number };
  };
}

/** A status check of EC2. */
export type InstanceCheck = 'ok' | 'impaired' | 'initializing' | 'insufficient-data' | 'not-applicable';

/** An EC2 instance, as far as repairing goes. */
export interface SickInstance {
  readonly instanceId: string;
  readonly state: string;
  readonly zone: string;
  readonly ipAddress: string;
  /** Addresses that belong to the instance itself. */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly systemStatus: InstanceCheck;
  readonly instanceStatus: InstanceCheck;
}

/** Reads EC2, and reboots. */
export interface SickInstances {
  /** undefined: EC2 does not know it (any more). */
  find(instanceId: string): Promise<SickInstance | undefined>;
  /** `not-running`: there is nothing to reboot. */
  reboot(instanceId: string): Promise<'rebooting' | 'not-running'>;
}

/** An instance's place in its Auto Scaling group. */
export interface Place {
  readonly groupName: string;
  /** `InService`, `Terminating:Wait`, … */
  readonly lifecycleState: string;
  /** Of the group, by key. */
  readonly tags: Readonly<Record<string, string>>;
  /** How many members are in service. */
  readonly inService: number;
  /** Instance refreshes that are under way. */
  readonly refreshes: number | 'unknown';
}

/** Reads Auto Scaling. */
export interface Places {
  /** undefined: it is in no group (any more). */
  of(instanceId: string): Promise<Place | undefined>;
}

/** A Node, as far as repairing goes. */
export interface SickNode {
  readonly name: string;
  /** Changes with each boot. */
  readonly bootId: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly conditions: readonly SickCondition[];
}

export interface SickCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  /** Last transition; ISO 8601. */
  readonly since: string;
}

/** Reads Nodes. */
export interface SickNodes {
  /** The instance behind a Node. @throws NodeNotFound, NodeWithoutInstance. */
  instanceOf(cluster: string, nodeName: string): Promise<string>;
  /**
   * The Node of an instance: by its name, or, where nobody knows that, by its provider id; one without a provider id by what an instance's Node may be called.
   * `unknown`: the API server cannot be asked, or there are Nodes that do not say whose they are.
   */
  find(target: {
    readonly instanceId: string;
    readonly nodeName: string;
    readonly names: readonly string[];
  }): Promise<SickNode | 'none' | 'unknown'>;
  /** When its kubelet last renewed its lease, ISO 8601; empty when there is none. */
  leaseRenewedAt(nodeName: string): Promise<string>;
}

/** SSM's agent on instances, and our document that restarts a kubelet. */
export interface Agents {
  answers(instanceId: string): Promise<boolean>;
  /** Gives the id of the command. `unreachable`: the agent has gone since. */
  restart(instanceId: string, comment: string): Promise<{ readonly commandId: string } | 'unreachable'>;
  result(
    commandId: string,
    instanceId: string,
  ): Promise<{ readonly status: 'under-way' | 'done' | 'failed'; readonly output: string; readonly errors: string }>;
}

/** Who works on an instance (S43). */
export interface RepairClaims {
  read(cluster: string, instanceId: string): Promise<{ readonly owner: string; readonly leaving: boolean } | undefined>;
}

/** Reads Step Functions. */
export interface RepairExecutions {
  isRunning(executionArn: string): Promise<boolean>;
}

/** Asks etcd. */
export interface RepairQuorum {
  /** As if the instance, and the member on it, were gone. */
  without(place: {
    readonly instanceId: string;
    readonly addresses: readonly string[];
    readonly dnsNames: readonly string[];
  }): Promise<{ readonly quorum: 'kept' | 'lost' | 'unknown'; readonly why: string }>;
}

/** The cord that anybody may pull. */
export interface RepairAndon {
  /** null: it is off. */
  read(): Promise<{ readonly reason: string; readonly since: string; readonly by: string } | null>;
}

/** What the last health pass says of a repair: breakers, impaired zones, images, whether its group can spare the node, and what is seen of it. */
export interface Standing {
  /** When it looked; ISO 8601. */
  readonly at: string;
  /** Signals of the instance that something is to be done about, whether or not it is repaired. Absent: none. */
  readonly signs?: readonly string[];
  /** undefined: that pass did not know of the repair yet. */
  readonly repair:
    | {
        /** Why it should not go on; `replace`: only a replacement. */
        readonly holds: readonly { readonly because: string; readonly words: string; readonly of: 'any' | 'replace' }[];
        /** Whether a replacement has to be in service before the node goes. */
        readonly launchFirst: boolean;
        /** What that pass sees of its node; null: not all of it could be seen. Absent: a pass of an earlier version. */
        readonly signals?: readonly string[] | null;
      }
    | undefined;
}

/** Reads what health passes leave. */
export interface Standings {
  /** undefined: no pass has looked at the cluster (yet), or nobody can read what it left. */
  of(cluster: string, instanceId: string): Promise<Standing | undefined>;
}

/** Kubernetes Events on a Node (S36). An event that cannot be written is the adapter's to report. */
export interface RepairEvents {
  record(
    nodeName: string,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): Promise<void>;
}
