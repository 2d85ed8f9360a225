/** What a cluster's registry entry says about joining; the registry's `Cluster` has this shape. */
export interface JoinPolicy {
  readonly name: string;
  readonly kubernetes: {
    /** `https://host[:port]`. */
    readonly endpoint: string;
    /** PEM. */
    readonly certificateAuthority: string;
  };
  readonly nodeNames: NodeNameRule;
  readonly bootstrap: 'tender' | 'self';
  readonly csrApproval: 'tender' | 'off';
  readonly join: {
    /** `host:port` for kubeadm; default: the endpoint's. */
    readonly apiServerEndpoint?: string | undefined;
    readonly timeoutSeconds: number;
    readonly tokenTtlSeconds: number;
    readonly cloudProvider: 'external' | 'none';
    /** How control-plane nodes join: `self`, or by kubeadm with what Tender gives them. */
    readonly controlPlane: 'self' | 'kubeadm';
    /** `namespace/name`. */
    readonly requiredDaemonSets: readonly string[];
  };
  readonly roles: Readonly<Partial<Record<Role, RolePolicy>>>;
}

export type Role = 'worker' | 'control-plane' | 'etcd';
export type NodeNameRule = 'private-dns' | 'resource-name' | 'instance-id' | 'hostname';

export interface RolePolicy {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Whether nodes get `node-role.kubernetes.io/<role>`. */
  readonly nodeRoleLabel: boolean;
}

export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** An EC2 instance, as far as joining goes. */
export interface Instance {
  readonly instanceId: string;
  readonly arn: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  /** ISO 8601. */
  readonly launchedAt: string;
  readonly privateDnsName: string;
  /** The primary private address of its first interface. */
  readonly privateIpAddress: string;
  /** Every address that belongs to the instance itself: the primary address of each interface, IPv6, public. Never secondary ones (S39). */
  readonly addresses: readonly string[];
  /** DNS names that belong to the instance: private, resource name, public. */
  readonly dnsNames: readonly string[];
}

/** Reads EC2. */
export interface Instances {
  /** In batches; an instance that EC2 does not know (yet) is missing from the map. */
  describe(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Instance>>;
  /** The serial console's last 64 KiB, decoded; undefined when there is none yet. */
  consoleOutput(instanceId: string): Promise<string | undefined>;
}

/** An instance's place in its Auto Scaling group. */
export interface Membership {
  readonly instanceId: string;
  readonly groupName: string;
  /** `Pending:Wait`, `InService`, `Warmed:Pending:Wait`, `Terminating`, … */
  readonly lifecycleState: string;
  readonly launchTemplate?: { readonly id: string; readonly version: string } | undefined;
}

export interface LifecycleHook {
  readonly name: string;
  readonly transition: 'launching' | 'terminating';
  readonly heartbeatTimeoutSeconds: number;
  /** min(48 h, 100 × heartbeat timeout), as AWS computes it (S6). */
  readonly globalTimeoutSeconds: number;
}

export interface ScalingActivity {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly status: string;
  readonly description: string;
  readonly cause: string;
}

/** Reads Auto Scaling. */
export interface Groups {
  /** In batches of 50; instances in no group are missing from the map. */
  memberships(
    instanceIds: readonly string[],
    /** Whether to ask once only, since a refusal can be done without. Default: no. */
    options?: { readonly once?: boolean },
  ): Promise<ReadonlyMap<string, Membership>>;
  /** Tags by key; undefined when there is no such group. */
  tags(groupName: string): Promise<Readonly<Record<string, string>> | undefined>;
  hooks(groupName: string): Promise<readonly LifecycleHook[]>;
  /** Newest first. */
  activities(groupName: string, limit: number): Promise<readonly ScalingActivity[]>;
  /** The ids of all instances in groups tagged with this cluster and not terminating. */
  instancesOf(cluster: string): Promise<readonly Membership[]>;
}

/** A Kubernetes Node, as far as joining goes. */
export interface Node {
  readonly name: string;
  readonly resourceVersion: string;
  readonly providerId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly conditions: readonly NodeCondition[];
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What to change on a node, in one patch guarded by the resource version. Labels and annotations are merged (null removes), taints replaced. */
export interface NodeChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly taints?: readonly Taint[];
}

export interface Nodes {
  get(name: string): Promise<Node | undefined>;
  /** @throws NodeChanged when it changed since it was read; NodeVanished when it is gone. */
  change(node: Node, change: NodeChange): Promise<void>;
  /** Deletes the Node; one that is gone is fine. */
  delete(name: string): Promise<void>;
}

/** A pod on a node, as far as judging goes. */
export interface NodePod {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly ready: boolean;
  /** `DaemonSet`, `ReplicaSet`, … of the controller; empty when it has none. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** A static pod's mirror. */
  readonly mirror: boolean;
}

export interface Pods {
  onNode(nodeName: string): Promise<readonly NodePod[]>;
}

/** A CertificateSigningRequest nobody has decided on. */
export interface PendingCsr {
  readonly name: string;
  readonly signerName: string;
  /** Who asks: `system:bootstrap:<token id>`, `system:node:<name>`. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly usages: readonly string[];
  /** PEM of the PKCS#10 request. */
  readonly request: string;
}

/** A CertificateSigningRequest with what was decided on it, by whomever; undefined: nothing yet. */
export interface AskedCsr extends PendingCsr {
  readonly decision: 'approved' | 'denied' | undefined;
}

export interface CertificateRequests {
  /** Pending ones of the two kubelet signers. */
  pending(): Promise<readonly PendingCsr[]>;
  /** Those that these users asked of the two kubelet signers, decided ones too. The controller-manager removes decided ones after an hour. */
  askedBy(usernames: readonly string[]): Promise<readonly AskedCsr[]>;
  /** Approving what is approved already is fine. */
  approve(name: string, message: string): Promise<void>;
  /** Denying what is denied already is fine. */
  deny(name: string, message: string): Promise<void>;
}

/** A bootstrap token to be. */
export interface NewBootstrapToken {
  readonly id: string;
  readonly secret: string;
  readonly description: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Several are separated by commas. */
  readonly group: string;
}

/** Writes bootstrap-token Secrets in kube-system. Nothing ever reads one. */
export interface BootstrapTokens {
  /** `exists`: a token of this id is there already; nothing was written. */
  create(token: NewBootstrapToken): Promise<'created' | 'exists'>;
  /** One that is gone is fine. */
  delete(id: string): Promise<void>;
}

/** A role that may approve client CSRs by itself, and who holds it. */
export interface AutoApproveBinding {
  /** Name of the ClusterRoleBinding. */
  readonly binding: string;
  readonly clusterRole: string;
  /** Groups and users (`Group system:bootstrappers`). */
  readonly groups: readonly string[];
}

export interface AutoApproveBindings {
  /** Bindings of roles that may create certificatesigningrequests/nodeclient or may do anything. */
  list(): Promise<readonly AutoApproveBinding[]>;
}

/** SecureString parameters, one per joining instance (S41). */
export interface JoinParameters {
  read(name: string): Promise<string | undefined>;
  /** `exists`: somebody wrote it before; nothing was written. */
  create(name: string, text: string, tags: Readonly<Record<string, string>>): Promise<'created' | 'exists'>;
  /** One that is gone is fine. */
  delete(name: string): Promise<void>;
}

/** JSON documents in the state bucket. */
export interface Documents {
  /** Writes and returns the document's `s3://` address. */
  write(key: string, document: unknown): Promise<string>;
}

/** How joins with one launch template version went. */
export interface JoinEvidence {
  readonly failuresInARow: number;
  /** Newest last, at most ten. */
  readonly failed: readonly { readonly instanceId: string; readonly at: string; readonly why: string }[];
}

/** Compare-and-swapped evidence. */
export interface EvidenceStore {
  read(key: string): Promise<{ readonly evidence: JoinEvidence; readonly etag: string } | undefined>;
  /** Writes when it did not change since `etag` (undefined: since it was absent); otherwise writes nothing. */
  write(key: string, evidence: JoinEvidence, etag: string | undefined): Promise<'written' | 'conflict'>;
}

/** What an SSM command gave. */
export interface CommandResult {
  readonly status:
    | 'Pending'
    | 'InProgress'
    | 'Success'
    | 'Failed'
    | 'TimedOut'
    | 'Cancelled'
    | 'Undeliverable'
    | 'Unknown';
  readonly output: string;
  readonly errors: string;
}

export interface Commands {
  /** Unknown while SSM does not list the invocation yet. */
  result(commandId: string, instanceId: string): Promise<CommandResult>;
}

/** Random text; `characters` of `[a-z0-9]`. */
export type RandomText = (characters: number) => string;

/** Kubernetes Events on a Node, for whoever runs `kubectl describe node` (S36). */
export interface NodeEvents {
  /** Never fails the step: an event that cannot be written is the adapter's to report. `reason` is CamelCase, as Kubernetes has it. */
  record(
    nodeName: string,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): Promise<void>;
}

/** A lifecycle action that waits, named by its instance. */
export interface WaitingHook {
  readonly groupName: string;
  readonly hookName: string;
  readonly instanceId: string;
}

/** Answers lifecycle hooks where the state machine cannot: in another account or region. `finished`: somebody answered it, or it is gone. */
export interface HookAnswers {
  complete(hook: WaitingHook, result: 'CONTINUE' | 'ABANDON'): Promise<'answered' | 'finished'>;
  heartbeat(hook: WaitingHook): Promise<'recorded' | 'finished'>;
}
