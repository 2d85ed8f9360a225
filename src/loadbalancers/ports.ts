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
  /** Tags by key: `elbv2.k8s.aws/cluster` and `kubernetes.io/cluster/*` say that a controller in the cluster owns it (S20). */
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
