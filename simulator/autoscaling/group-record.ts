import type {
  Activity,
  CreateAutoScalingGroupType,
  Instance,
  InstanceRefresh,
  LaunchTemplateSpecification,
  LifecycleState,
  ScalingActivityStatusCode,
} from '@aws-sdk/client-auto-scaling';
import type { Timer } from '../world/world.ts';

export type Transition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';
export type ActionResult = 'CONTINUE' | 'ABANDON';
/** Where an instance comes from and goes to, as lifecycle events say (S3). */
export type Place = 'EC2' | 'AutoScalingGroup' | 'WarmPool';

/** A lifecycle hook. Seconds as in the API. */
export interface HookRecord {
  readonly name: string;
  readonly transition: Transition;
  readonly heartbeatTimeout: number;
  readonly defaultResult: ActionResult;
  readonly notificationTargetArn: string | undefined;
  readonly roleArn: string | undefined;
  readonly notificationMetadata: string | undefined;
}

/** One hook that waits for one instance. */
export interface ActionRecord {
  readonly token: string;
  readonly hook: HookRecord;
  /** Epoch milliseconds after which no heartbeat helps: min(48 h, 100 × timeout) after the start. */
  readonly globalDeadline: number;
  timer: Timer | undefined;
}

/** An activity whose end is still to be written. */
export interface ActivityRecord {
  readonly id: string;
  readonly startTime: Date;
  readonly cause: string;
  readonly details: string;
  readonly instanceId: string | undefined;
  description: string;
  endTime: Date | undefined;
  statusCode: ScalingActivityStatusCode;
  statusMessage: string | undefined;
  progress: number;
}

/** One instance of a group, or of its warm pool. Times are epoch milliseconds. */
export interface MemberRecord {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly zone: string;
  readonly subnetId: string;
  readonly launchTemplate: LaunchTemplateSpecification | undefined;
  readonly launchedAt: number;
  readonly actions: Map<string, ActionRecord>;
  state: LifecycleState;
  health: 'Healthy' | 'Unhealthy';
  protectedFromScaleIn: boolean;
  inServiceAt: number | undefined;
  /** Where it comes from, for the next hook's event. */
  origin: Place;
  activity: ActivityRecord | undefined;
  /** Unhealthy, but a replacement is launched first (instance maintenance policy); the text is its termination's cause. */
  awaitingReplacement: string | undefined;
  /** One planned step of its lifecycle. */
  timer: Timer | undefined;
  /** One planned health check. */
  healthTimer: Timer | undefined;
}

export interface TrafficSource {
  readonly Identifier: string;
  readonly Type: 'elb' | 'elbv2';
}

interface GroupTag {
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

interface WarmPoolRecord {
  readonly minSize: number;
  /** Undefined means the group's maximum size. */
  readonly maxGroupPreparedCapacity: number | undefined;
  readonly poolState: 'Stopped' | 'Running';
  readonly reuseOnScaleIn: boolean;
  deleting: boolean;
}

/** The settings of a group that the API stores and gives back unchanged. */
export type GroupSettings = Pick<
  CreateAutoScalingGroupType,
  | 'LaunchTemplate'
  | 'MixedInstancesPolicy'
  | 'DefaultCooldown'
  | 'HealthCheckType'
  | 'HealthCheckGracePeriod'
  | 'PlacementGroup'
  | 'TerminationPolicies'
  | 'NewInstancesProtectedFromScaleIn'
  | 'ServiceLinkedRoleARN'
  | 'MaxInstanceLifetime'
  | 'CapacityRebalance'
  | 'Context'
  | 'DesiredCapacityType'
  | 'DefaultInstanceWarmup'
  | 'InstanceMaintenancePolicy'
  | 'AvailabilityZoneDistribution'
  | 'AvailabilityZoneImpairmentPolicy'
  | 'CapacityReservationSpecification'
  | 'InstanceLifecyclePolicy'
  | 'DeletionProtection'
>;

/** One Auto Scaling group. */
export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly members: Map<string, MemberRecord>;
  readonly hooks: Map<string, HookRecord>;
  readonly tags: Map<string, GroupTag>;
  readonly suspended: Map<string, string>;
  readonly sources: Map<string, TrafficSource>;
  /** Newest first, as the API lists them. */
  readonly activities: ActivityRecord[];
  readonly refreshes: InstanceRefresh[];
  settings: GroupSettings;
  minSize: number;
  maxSize: number;
  desired: number;
  subnetIds: readonly string[];
  warmPool: WarmPoolRecord | undefined;
  deleting: boolean;
  /** Why the capacity is to change; begins the cause of the next activities. */
  reason: string;
  /** Unhealthy instances that left and are not replaced yet; tells the cause of the next launches. */
  unhealthyToReplace: number;
  /** The planned look at desired and actual capacity. */
  wake: Timer | undefined;
  /** Zones whose launches failed, and until when to avoid them (epoch milliseconds). */
  readonly avoidZones: Map<string, number>;
}

/** 48 h or 100 heartbeats, whichever is less: how long a hook may hold an instance at most, in seconds (S6). */
export function globalTimeoutSeconds(hook: Pick<HookRecord, 'heartbeatTimeout'>): number {
  return Math.min(48 * 3600, 100 * hook.heartbeatTimeout);
}

/** Whether the instance counts towards the desired capacity. */
export function counts(member: MemberRecord): boolean {
  if (member.awaitingReplacement !== undefined) return false;
  return member.state === 'InService' || member.state.startsWith('Pending');
}

/** Whether the instance belongs to the warm pool. */
export function isWarm(member: MemberRecord): boolean {
  return member.state.startsWith('Warmed:');
}

/** Whether the instance is on its way out for good. */
export function isLeaving(member: MemberRecord): boolean {
  const { state } = member;
  return state.startsWith('Terminat') || state.startsWith('Warmed:Terminat') || state.startsWith('Detach');
}

/** How many instances the warm pool is to hold (user guide, "Warm pools": prepared capacity less desired capacity). */
export function warmPoolTarget(group: GroupRecord): number {
  const pool = group.warmPool;
  if (!pool || pool.deleting || group.deleting) return 0;
  return Math.max(pool.minSize, (pool.maxGroupPreparedCapacity ?? group.maxSize) - group.desired, 0);
}

/** An instance as DescribeAutoScalingGroups and DescribeWarmPool list it. */
export function describeMember(member: MemberRecord): Instance {
  return {
    InstanceId: member.instanceId,
    InstanceType: member.instanceType,
    AvailabilityZone: member.zone,
    LifecycleState: member.state,
    HealthStatus: member.health,
    ...(member.launchTemplate ? { LaunchTemplate: member.launchTemplate } : {}),
    ImageId: member.imageId,
    ProtectedFromScaleIn: member.protectedFromScaleIn,
  };
}

/** An activity as the API gives it. */
export function describeActivity(group: GroupRecord, activity: ActivityRecord): Activity {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: group.name,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: activity.startTime,
    ...(activity.endTime ? { EndTime: activity.endTime } : {}),
    StatusCode: activity.statusCode,
    ...(activity.statusMessage ? { StatusMessage: activity.statusMessage } : {}),
    Progress: activity.progress,
    Details: activity.details,
    AutoScalingGroupARN: group.arn,
  };
}
