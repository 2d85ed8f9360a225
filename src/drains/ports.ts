/** A Kubernetes Node, as far as emptying it goes. */
export interface DrainNode {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** `aws:///<zone>/<instance id>`; empty while nobody has set it. */
  readonly providerId: string;
  /** Its first address of type InternalIP; empty when it has none. */
  readonly internalIp: string;
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly DrainTaint[];
  /** Of the condition Ready; `Unknown` where the node has none. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** ISO 8601: since when `ready` is what it is; the node's creation where it has no such condition. */
  readonly readySince: string;
}

export interface DrainTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What to change on a node, in one patch guarded by the resource version. Labels and annotations are merged (null removes), taints replaced. */
export interface DrainNodeChange {
  readonly unschedulable?: boolean;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly taints?: readonly DrainTaint[];
}

export interface DrainNodes {
  get(name: string): Promise<DrainNode | undefined>;
  /**
   * The Node whose provider id ends in this instance id, or else the one without a provider id that has this address; an empty address is nobody's. Lists
   * all nodes, since no selector knows either.
   */
  ofInstance(instanceId: string, ipAddress: string): Promise<DrainNode | undefined>;
  /** @throws NodeChanged when it changed since it was read; NodeVanished when it is gone. */
  change(node: Pick<DrainNode, 'name' | 'resourceVersion'>, change: DrainNodeChange): Promise<void>;
  /** Deletes exactly this Node: one that is gone, or that came back under another uid, is fine. */
  delete(name: string, uid: string): Promise<void>;
}

/** A pod, named so that another one of the same name is not meant. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A pod on a node, as far as moving it goes. */
export interface DrainPod extends PodIdentity {
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`. */
  readonly phase: string;
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `DaemonSet`, `ReplicaSet`, … of the controller; empty when it has none. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** A static pod's mirror: deleting it ends nothing, the kubelet makes it again. */
  readonly mirror: boolean;
  /** ISO 8601: when its grace ends. Set means that it is on its way out. */
  readonly deletionTimestamp?: string | undefined;
  /** What the pod asks for, and once it is on its way out, what it was given. */
  readonly gracePeriodSeconds: number;
  readonly usesEmptyDir: boolean;
  /** Names of its PersistentVolumeClaims, those of generic ephemeral volumes too. */
  readonly claims: readonly string[];
  /** What has to be removed before a deleted pod goes, by whoever put it there. */
  readonly finalizers: readonly string[];
  readonly hostNetwork: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What the API server said to an eviction. */
export type EvictionAnswer =
  | { readonly kind: 'evicted' }
  /** It is not there any more, or another pod has its name. */
  | { readonly kind: 'gone' }
  /** 429 with cause DisruptionBudget. `budget` is read from the message, and absent when that is not understood. */
  | { readonly kind: 'blocked'; readonly budget?: string | undefined; readonly message: string }
  /** The API server is busy, or others wrote the pod or its budget all the time. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** 500, for ever: the eviction API does not decide between two budgets (S9). */
  | { readonly kind: 'several-budgets'; readonly message: string }
  /** Somebody else than a budget said no: an admission webhook, a namespace that is being deleted, … */
  | { readonly kind: 'refused'; readonly message: string };

export interface DrainPods {
  /** All of them, in pages; also those that are finished or on their way out. */
  onNode(nodeName: string): Promise<readonly DrainPod[]>;
  /** Never throws for what the pod, its budget or its namespace say; only for an API server that cannot be asked. */
  evict(pod: PodIdentity): Promise<EvictionAnswer>;
  /** Past every budget. Needs `deploy/kubernetes/rbac-pod-deletion.yaml`. `gone`: it was, or another pod has its name. */
  delete(pod: PodIdentity, gracePeriodSeconds: number): Promise<'deleted' | 'gone'>;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    /** `In`, `NotIn`, `Exists`, `DoesNotExist`. */
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** A PodDisruptionBudget. */
export interface Budget {
  readonly namespace: string;
  readonly name: string;
  /** Undefined covers no pod; an empty one covers every pod of the namespace (policy/v1). */
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  /** Whether the numbers above are of the budget as it is now; until then every eviction is refused. */
  readonly observedGenerationIsCurrent: boolean;
  readonly unhealthyPodEvictionPolicy: 'IfHealthyBudget' | 'AlwaysAllow';
}

export interface Budgets {
  inNamespaces(namespaces: readonly string[]): Promise<readonly Budget[]>;
}

/** A volume that is attached to a node, or about to be. */
export interface AttachedVolume {
  /** Of the VolumeAttachment. */
  readonly name: string;
  /** Empty for a volume that a pod names inline. */
  readonly persistentVolume: string;
  /** `namespace/name` of the claim that holds it; absent when it is bound to none, or Tender may not read PersistentVolumes. */
  readonly claim?: string | undefined;
}

export interface Volumes {
  attachedTo(nodeName: string): Promise<readonly AttachedVolume[]>;
}

/** Kubernetes Events on a Node, for whoever runs `kubectl describe node` (S36). */
export interface DrainEvents {
  /** Never fails the step: an event that cannot be written is the adapter's to report. `reason` is CamelCase, as Kubernetes has it. */
  record(
    nodeName: string,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): Promise<void>;
}

/** What the cluster's registry entry says about drains; `drain` of the registry's `Cluster` has this shape. */
export interface DrainPolicy {
  /** How long pods are asked to leave by eviction. */
  readonly timeoutSeconds: number;
  /** The same, on a node that is NotReady. */
  readonly notReadyTimeoutSeconds: number;
  /** What pods that are leaving may take beyond that. */
  readonly graceCapSeconds: number;
  readonly whenTimeIsUp: 'give-up' | 'capped-grace' | 'force-delete';
  readonly deleteEmptyDirData: boolean;
  readonly evictUnmanaged: boolean;
  /** `key` (which means `key=true`) or `key=value`: pods that a voluntary drain leaves alone. */
  readonly doNotDisruptAnnotations: readonly string[];
  /** Whether the volumes of an instance that is off may be moved by the out-of-service taint. */
  readonly outOfServiceTaint: boolean;
}

/** An EC2 instance, as far as draining goes. */
export interface DrainInstance {
  readonly instanceId: string;
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  readonly zone: string;
  /** Empty for one that is terminated. */
  readonly ipAddress: string;
  /** Empty when it is in no Auto Scaling group. */
  readonly groupName: string;
}

/** Reads EC2. */
export interface DrainInstances {
  /** undefined: EC2 does not know it (any more). */
  find(instanceId: string): Promise<DrainInstance | undefined>;
}

/** Whose an instance is. */
export interface DrainGroups {
  /** @throws InstanceNotManaged when it is in no Auto Scaling group, or in one that does not carry the cluster's tag (S7). */
  assertOf(cluster: string, instance: Pick<DrainInstance, 'instanceId' | 'groupName'>): Promise<void>;
}

/** What the claim on an instance says to whoever drains it (S43). */
export interface ClaimOnInstance {
  /** ARN of the execution that has it. */
  readonly owner: string;
  /** ISO 8601: the earliest of all signals. */
  readonly deadline: string;
  /** Whether a later signal says that the instance goes in any case. */
  readonly leaving: boolean;
}

/** Reads claims. */
export interface DrainClaims {
  read(cluster: string, instanceId: string): Promise<ClaimOnInstance | undefined>;
}

/** The cord that anybody may pull. */
export interface DrainAndon {
  /** null: it is off. */
  read(): Promise<{ readonly reason: string; readonly since: string; readonly by: string } | null>;
}
