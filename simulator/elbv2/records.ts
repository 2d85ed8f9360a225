import type {
  Action,
  CreateTargetGroupInput,
  TargetDescription,
  TargetHealthReasonEnum,
  TargetHealthStateEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Timer } from '../world/world.ts';

export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancer: LoadBalancerRecord;
  readonly port: number;
  readonly protocol: string;
  readonly tags: Map<string, string>;
  actions: readonly Action[];
}

export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: 'network' | 'application';
  readonly scheme: 'internet-facing' | 'internal';
  readonly dnsName: string;
  readonly vpcId: string;
  readonly createdAt: Date;
  /** Enabled zones and the subnet in each. */
  readonly zones: ReadonlyMap<string, string>;
  readonly securityGroups: readonly string[];
  readonly listeners: Map<string, ListenerRecord>;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
}

/** A target's health as the API gives it. */
export interface Health {
  readonly state: TargetHealthStateEnum;
  readonly reason?: TargetHealthReasonEnum;
  readonly description?: string;
}

/** One registered target. Times are epoch milliseconds. */
export interface TargetRecord {
  readonly id: string;
  readonly port: number;
  readonly availabilityZone: string | undefined;
  /** Since when the load balancer uses it: registration, or when its group came into use. */
  usedSince: number;
  /** What the health checks found: undefined before the first verdict. */
  verdict: 'healthy' | 'unhealthy' | undefined;
  /** What was last told about it, so that changes are told once. */
  told: string;
  /** The verdict that a timer is about to give. */
  pending: 'healthy' | 'unhealthy' | undefined;
  timer: Timer | undefined;
  /** Set when it is being deregistered. */
  drainsUntil: number | undefined;
  /** Until when the load balancer still opens new connections although the target is deregistered. */
  opensUntil: number;
}

/** Connections that a load balancer closes itself, whatever the node does. */
export interface CutConnections {
  readonly targetGroupArn: string;
  readonly targetId: string;
  readonly port: number;
}

export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: string;
  readonly port: number;
  readonly vpcId: string;
  readonly tags: Map<string, string>;
  readonly attributes: Map<string, string>;
  readonly targets: Map<string, TargetRecord>;
  /** No longer listed, yet connections are still opened to them: the API is ahead of the load balancer's nodes. */
  readonly closing: Set<TargetRecord>;
  healthCheck: Required<
    Pick<
      CreateTargetGroupInput,
      | 'HealthCheckProtocol'
      | 'HealthCheckPort'
      | 'HealthCheckIntervalSeconds'
      | 'HealthCheckTimeoutSeconds'
      | 'HealthyThresholdCount'
      | 'UnhealthyThresholdCount'
    >
  > &
    Pick<CreateTargetGroupInput, 'HealthCheckPath' | 'Matcher'>;
}

/** The key of a target in its group: id and port. */
export function targetKey(target: TargetDescription, group: TargetGroupRecord): string {
  return `${target.Id ?? ''}:${target.Port ?? group.port}`;
}
