export type Role = 'worker' | 'control-plane' | 'etcd';

/**
 * How a node is rebooted. `agent`: FLUO's agent on it does it, once it may. `document`: our SSM document, on Flatcar after update_engine, on Debian and Ubuntu where
 * their sentinel asks for it. `reboot`: EC2 does, whether anything is due or not. `lock`: the machine itself does, which has asked by FleetLock.
 */
export type Way = 'agent' | 'document' | 'reboot' | 'lock';

/** What a cluster's registry entry says about reboots; the registry's `Cluster` has this shape. */
export interface RebootPolicy {
  readonly name: string;
  readonly health: {
    /** ISO 8601. */
    readonly pausedUntil?: string | undefined;
    /** Where that is written, in words. */
    readonly pausedBy?: string | undefined;
  };
  readonly reboots: {
    /** Annotations that have to be `true` before, and after, the reboot of a node with FLUO's agent. */
    readonly beforeRebootAnnotations: readonly string[];
    readonly afterRebootAnnotations: readonly string[];
    /** So long these checks are waited for. */
    readonly checkMinutes: number;
    /** So long update_engine may take. */
    readonly updateMinutes: number;
    /** So long a node may take to come back. */
    readonly bootMinutes: number;
    /** So long it has to be Ready without a break. */
    readonly readyMinutes: number;
  };
}

/** An EC2 instance, as far as reboots go. */
export interface RebootInstance {
  readonly instanceId: string;
  readonly state: string;
  readonly zone: string;
  readonly ipAddress: string;
  /** Addresses that belong to the instance itself. */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Reads EC2, and reboots. */
export interface RebootInstances {
  /** undefined: EC2 does not know it (any more). */
  find(instanceId: string): Promise<RebootInstance | undefined>;
  /** `not-running`: there is nothing to reboot. */
  reboot(instanceId: string): Promise<'rebooting' | 'not-running'>;
}

/** An instance's place in its Auto Scaling group. */
export interface RebootPlace {
  readonly groupName: string;
  /** `InService`, `Terminating:Wait`, … */
  readonly lifecycleState: string;
  /** Of the group, by key. */
  readonly tags: Readonly<Record<string, string>>;
  /** Instance refreshes that are under way. */
  readonly refreshes: number | 'unknown';
}

/** Reads Auto Scaling. */
export interface RebootPlaces {
  /** undefined: it is in no group (any more). */
  of(instanceId: string): Promise<RebootPlace | undefined>;
}

/** A Node, as far as reboots go. */
export interface RebootNode {
  readonly name: string;
  readonly resourceVersion: string;
  readonly instanceId: string;
  /** Changes with each boot. */
  readonly bootId: string;
  /** As the kubelet tells it: `Flatcar Container Linux by Kinvolk 4459.2.0 (Oklo)`. */
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** null takes a key away. */
export interface RebootNodeChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/** Reads and marks Nodes. */
export interface RebootNodes {
  /** The instance behind a Node. @throws NodeNotFound, NodeWithoutInstance. */
  instanceOf(cluster: string, nodeName: string): Promise<string>;
  /** The Node of an instance, by its name or its provider id. `unknown`: the API server cannot be asked, or there are Nodes that do not say whose they are. */
  find(target: {
    readonly instanceId: string;
    readonly nodeName: string;
    readonly names: readonly string[];
  }): Promise<RebootNode | 'none' | 'unknown'>;
  /** @throws NodeChanged when anybody wrote it since it was read. */
  change(node: Pick<RebootNode, 'name' | 'resourceVersion'>, change: RebootNodeChange): Promise<void>;
}

/** What our document is to do. `look`: changes nothing. `update`: has update_engine install what is new, where there is one. */
export type DocumentAction = 'look' | 'update' | 'reboot';

/** SSM's agent on instances, and our document that updates and reboots. */
export interface RebootAgents {
  answers(instanceId: string): Promise<boolean>;
  /** Gives the id of the command. `unreachable`: the agent does not answer. */
  send(
    instanceId: string,
    command: {
      readonly action: DocumentAction;
      readonly bootId: string;
      readonly minutes: number;
      readonly comment: string;
    },
  ): Promise<{ readonly commandId: string } | 'unreachable'>;
  result(
    commandId: string,
    instanceId: string,
  ): Promise<{ readonly status: 'under-way' | 'done' | 'failed'; readonly output: string; readonly errors: string }>;
}

/** Who works on an instance (S43). */
export interface RebootClaims {
  read(cluster: string, instanceId: string): Promise<{ readonly owner: string; readonly leaving: boolean } | undefined>;
}

/** Reads Step Functions. */
export interface RebootExecutions {
  isRunning(executionArn: string): Promise<boolean>;
}

/** Asks etcd. */
export interface RebootQuorum {
  /** As if the instance, and the member on it, were gone. */
  without(place: {
    readonly instanceId: string;
    readonly addresses: readonly string[];
    readonly dnsNames: readonly string[];
  }): Promise<{ readonly quorum: 'kept' | 'lost' | 'unknown'; readonly why: string }>;
}

/** The cord that anybody may pull. */
export interface RebootAndon {
  /** null: it is off. */
  read(): Promise<{ readonly reason: string; readonly since: string; readonly by: string } | null>;
}

/** Kubernetes Events on a Node (S36). An event that cannot be written is the adapter's to report. */
export interface RebootEvents {
  record(
    nodeName: string,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): Promise<void>;
}
