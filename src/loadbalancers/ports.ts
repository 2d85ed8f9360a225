/** A target group or classic load balancer that a role's nodes serve, from the registry. */
export interface TargetGroupPolicy {
  readonly arn: string;
  /** Overrides the group's own port. */
  readonly port?: number | undefined;
  /** Whether a node waits for its target here before it takes workloads (S4). */
  readonly gate: boolean;
}

export interface ClassicLoadBalancerPolicy {
  readonly name: string;
  readonly gate: boolean;
}

export interface RoleTargets {
  readonly targetGroups: readonly TargetGroupPolicy[];
  readonly classicLoadBalancers: readonly ClassicLoadBalancerPolicy[];
}

export interface TargetGroup {
  readonly arn: string;
  readonly targetType: 'instance' | 'ip' | 'lambda' | 'alb';
  readonly port: number;
  /** `TCP`, `HTTP`, …: tells a network load balancer's group from an application load balancer's. */
  readonly protocol: string;
  /** Tags by key: they say whether a controller in the cluster owns it (S20). */
  readonly tags: Readonly<Record<string, string>>;
}

/** A target's health, as ELBv2 says it. */
export interface TargetHealth {
  /** Instance id or IP address. */
  readonly id: string;
  readonly port: number;
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unhealthy.draining' | 'unavailable';
  /** `Target.NotInUse`, `Elb.RegistrationInProgress`, … */
  readonly reason: string;
  readonly description: string;
  /** Whether a zonal shift or autoshift leads traffic away from its zone. Absent: it does not say, as without cross-zone balancing. */
  readonly shiftedAway?: boolean;
}

/** Speaks to ELBv2. */
export interface TargetGroups {
  /** In batches; a group that does not exist is missing. */
  describe(arns: readonly string[]): Promise<ReadonlyMap<string, TargetGroup>>;
  /** Registering twice is fine. */
  register(arn: string, id: string, port: number): Promise<void>;
  /** Deregistering what is not registered is fine. */
  deregister(arn: string, id: string, port: number): Promise<void>;
  /** Of this one target; undefined when it is not registered. */
  health(arn: string, id: string, port: number): Promise<TargetHealth | undefined>;
}

/** Speaks to classic ELB. */
export interface ClassicLoadBalancers {
  register(name: string, instanceId: string): Promise<void>;
  deregister(name: string, instanceId: string): Promise<void>;
  /** undefined when the instance is not registered. */
  health(
    name: string,
    instanceId: string,
  ): Promise<{ readonly inService: boolean; readonly description: string } | undefined>;
}

/** A target group as far as it is remembered between two looks. */
export interface KnownTargetGroup {
  readonly arn: string;
  readonly targetType: TargetGroup['targetType'];
  readonly port: number;
  readonly protocol: string;
  /** A controller in the cluster registers its targets and has marked it so; Tender never does (S20). */
  readonly controllerOwned: boolean;
  /** It is marked as the cluster's, by a controller or by what made the cluster. Absent in what was remembered before that was told apart. */
  readonly clusterTagged?: boolean | undefined;
}

export interface KnownClassicLoadBalancer {
  readonly name: string;
  readonly controllerOwned: boolean;
  readonly clusterTagged?: boolean | undefined;
}

/** What Auto Scaling itself puts a group's instances behind. */
export interface Attachments {
  readonly targetGroupArns: readonly string[];
  readonly classicLoadBalancers: readonly string[];
}

/** Which load balancers are tagged for a cluster, what is attached to its groups, and when that was looked up (S22). */
export interface LoadBalancerMap {
  readonly targetGroups: readonly KnownTargetGroup[];
  readonly classicLoadBalancers: readonly KnownClassicLoadBalancer[];
  /** Whose the addresses are that groups of addresses have as targets, by address: instance ids. EC2 forgets an instance's address with its end. */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
  /** By name of the Auto Scaling group. Absent where it was not looked up. */
  readonly attached?: Readonly<Record<string, Attachments>> | undefined;
  /** ISO 8601. */
  readonly at: string;
}

/** Keeps the last map of each cluster. */
export interface LoadBalancerMaps {
  /** undefined when there is none, or none that can be read: it is looked up again then. */
  read(cluster: string): Promise<LoadBalancerMap | undefined>;
  write(cluster: string, map: LoadBalancerMap): Promise<void>;
}

/** Finds what is tagged for a cluster, by its tags and not by scanning the account (S22). */
export interface TaggedLoadBalancers {
  find(cluster: string): Promise<{
    readonly targetGroupArns: readonly string[];
    readonly classicLoadBalancers: readonly {
      readonly name: string;
      readonly tags: Readonly<Record<string, string>>;
    }[];
  }>;
}

export interface GroupAttachments {
  /** Nothing for a group that does not exist. */
  attachedTo(groupName: string): Promise<Attachments>;
}

export interface ClusterAttachments {
  /** Of all groups tagged for the cluster, by their names. */
  attachedIn(cluster: string): Promise<Readonly<Record<string, Attachments>>>;
}

/** Everybody who is registered. */
export interface RegisteredTargets {
  /** The targets of a group, draining ones too; undefined when there is no such group. */
  targets(arn: string): Promise<readonly TargetHealth[] | undefined>;
}

/** How long target groups let the connections of a deregistered target go on. */
export interface DeregistrationDelays {
  /** 0 when the group is gone. */
  deregistrationDelaySeconds(arn: string): Promise<number>;
}

export interface RegisteredInstances {
  /** The instances behind a classic load balancer, leaving ones too; undefined when there is no such load balancer. */
  instances(name: string): Promise<readonly RegisteredInstance[] | undefined>;
  /** How long connections of an instance that was deregistered go on; 0 when draining is off or the load balancer is gone. */
  drainingSeconds(name: string): Promise<number>;
}

export interface RegisteredInstance {
  readonly instanceId: string;
  readonly inService: boolean;
  /** Deregistered; its connections drain. */
  readonly leaving: boolean;
  readonly description: string;
}

/** Registers what was there before. */
export interface TargetReturns {
  /** `gone`: the group does not exist any more, or the instance is none that can be registered. Registering twice is fine. */
  putBack(target: NotedTarget): Promise<'registered' | 'gone'>;
}

/** A target that was taken out, as the claim notes it. */
export type NotedTarget = (
  | { readonly kind: 'target-group'; readonly arn: string; readonly id: string; readonly port: number }
  | { readonly kind: 'classic'; readonly name: string; readonly id: string }
) & {
  /** Present where it was not healthy: nobody misses it. */
  readonly idle?: true | undefined;
};

/** What was taken out for an instance that leaves: kept in its claim, so that undo and sweep can put back that and no more. */
export interface Departures {
  /** None when nothing is noted, or nobody has claimed the instance. */
  noted(cluster: string, instanceId: string): Promise<readonly NotedTarget[]>;
  /** The same, but none when another execution has claimed the instance. */
  notedBy(owner: string, cluster: string, instanceId: string): Promise<readonly NotedTarget[]>;
  /**
   * Adds to what is noted already: a step that died keeps what it noted before.
   * @throws InstanceNotClaimed
   */
  note(cluster: string, instanceId: string, targets: readonly NotedTarget[]): Promise<void>;
  /** Clears the note. Nothing noted is fine. */
  forget(cluster: string, instanceId: string): Promise<void>;
}

/** Reads what signals say of instances that the asking execution has claimed. */
export interface LeavingInstances {
  /** Whether one goes in any case. */
  leaves(cluster: string, instanceId: string, owner: string): Promise<boolean>;
}

/** An instance in an Auto Scaling group of the cluster. */
export interface Member {
  readonly instanceId: string;
  readonly groupName: string;
  /** `worker`, `control-plane` or `etcd`; what the group's tag says. */
  readonly role: string;
  /** `Pending:Wait`, `InService`, `Terminating:Wait`, … */
  readonly lifecycleState: string;
}

export interface ClusterMembers {
  /** Of all groups tagged for the cluster, in any lifecycle state. */
  membersOf(cluster: string): Promise<readonly Member[]>;
}

/** An instance as EC2 knows it. */
export interface InstanceState {
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  /** The primary private address of its first interface; empty when it has none any more. */
  readonly privateIpAddress: string;
  /** ISO 8601. */
  readonly launchedAt: string;
}

export interface InstanceStates {
  /** In batches; an instance that EC2 does not know (yet) is missing from the map. */
  describe(instanceIds: readonly string[]): Promise<ReadonlyMap<string, InstanceState>>;
}

/** A Kubernetes Node, as far as load balancers go. */
export interface ListedNode {
  readonly name: string;
  readonly providerId: string;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Their keys. */
  readonly taints: readonly string[];
  readonly ready: boolean;
  /** Being deleted. */
  readonly leaving: boolean;
}

export interface ListedNodes {
  /** All, as they are now. Fails when the API server does not answer: no answer is not an empty list. */
  list(): Promise<readonly ListedNode[]>;
}

/** Registers and deregisters many at once, all in one target group or behind one classic load balancer. */
export interface TargetChanges {
  /** Gives those that were registered: an instance that does not run is refused, and keeps the others from nothing. */
  registerAll(targets: readonly NotedTarget[]): Promise<readonly NotedTarget[]>;
  /** What is not registered is fine. */
  deregisterAll(targets: readonly NotedTarget[]): Promise<void>;
}
