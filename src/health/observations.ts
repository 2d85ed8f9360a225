import type { Memory } from './memory.ts';

/** What was seen of a part of the cluster, or why it could not be seen. What is unknown is never taken to be well, nor to be sick. */
export type Seen<T> = { readonly value: T } | { readonly problem: string };

/**
 * One look at a cluster, from outside it: plain, as JSON has it. All times are ISO 8601 in UTC; those of a node are by the node's own clock,
 * those of EC2, Auto Scaling and `at` by AWS's.
 */
export interface Observations {
  readonly cluster: string;
  /** When the look began. */
  readonly at: string;
  readonly apiServer: ObservedApiServer;
  /** Every Node. */
  readonly nodes: Seen<readonly ObservedNode[]>;
  /** Every Auto Scaling group that is tagged for the cluster. */
  readonly groups: Seen<readonly ObservedGroup[]>;
  /** What EC2 answered about every member of a group and every Node's instance: one that is asked for and not here is unknown to EC2. */
  readonly instances: Seen<readonly ObservedInstance[]>;
  /** Absent where the registry does not describe etcd. */
  readonly etcd?: Seen<ObservedEtcd>;
  /** Those that the registry requires. */
  readonly daemonSets: Seen<readonly ObservedDaemonSet[]>;
  /** null where the cluster has none by the usual name. */
  readonly coreDns: Seen<ObservedReplicas | null>;
  readonly targets: Seen<readonly UnhealthyTargets[]>;
  /** Availability zones that a zonal shift or autoshift leads traffic away from. */
  readonly zonalShifts: Seen<readonly ZonalShift[]>;
  /** CloudWatch alarms in ALARM that have an instance of the cluster as a dimension, and those that a signal told of. */
  readonly alarms: Seen<readonly ObservedAlarm[]>;
  /** Warning Events of Nodes whose reasons rules name. Absent where none does. */
  readonly nodeEvents?: Seen<readonly ObservedNodeEvent[]>;
  /** Joins that failed in a row, by launch template version. */
  readonly failedJoins: Seen<readonly FailedJoins[]>;
  /** null: off. */
  readonly andon: Seen<Andon | null>;
  /** Until when somebody asked beside the registry entry that no node is repaired; ISO 8601, null: nobody did. */
  readonly pause: Seen<string | null>;
  /** What the last pass left. */
  readonly memory: Memory;
}

export interface ObservedApiServer {
  /** Whether anything answered that is it. */
  readonly reachable: boolean;
  /** What `/readyz` says. */
  readonly ready: boolean;
  /** The names of its checks that fail: `etcd`, `poststarthook/…`. */
  readonly failingChecks: readonly string[];
  /** null: no answer. */
  readonly latencyMs: number | null;
  /** Why it was not reached, in words; empty when it was. */
  readonly problem: string;
}

export interface ObservedNode {
  readonly name: string;
  readonly uid: string;
  /** From the provider id; empty when it has none (yet): then its instance is found by its name. */
  readonly instanceId: string;
  /** Its provider id names no instance of EC2: a virtual kubelet, another cloud. Absent: it does, or there is none. */
  readonly foreign?: boolean;
  readonly createdAt: string;
  /** By its label; empty when it has none. */
  readonly zone: string;
  readonly unschedulable: boolean;
  /** Whether it still carries the startup taint: it joins, and its join is waited for by others. */
  readonly joining: boolean;
  /** Of the annotation `tender.sh/paused`: a time until, `true`, or null when there is none. */
  readonly paused: string | null;
  /** Of the annotation `tender.sh/owner`: the execution that works on it; null when there is none. */
  readonly owner: string | null;
  /** Marked on its way into a warm pool: it waits for its instance to leave it. Absent: it is not. */
  readonly pooled?: boolean;
  readonly bootId: string;
  readonly conditions: readonly ObservedCondition[];
  /** Of its Lease in kube-node-lease, by the node's clock; null when there is none. */
  readonly leaseRenewedAt: string | null;
}

export interface ObservedCondition {
  /** `Ready`, `KernelReady`, `KernelDeadlock`, … */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** lastTransitionTime: by whose clock depends on who wrote it. */
  readonly since: string;
  /** lastHeartbeatTime. */
  readonly heardAt: string;
}

export interface ObservedGroup {
  readonly name: string;
  readonly role: 'worker' | 'control-plane' | 'etcd';
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  /** Of the tag `tender:paused`: a time until, `true`, or null. */
  readonly paused: string | null;
  /** Who else sees to its nodes, as in `EKS node group general`; absent where nobody does. */
  readonly managedBy?: string;
  /** An instance refresh is under way: somebody else replaces its members. */
  readonly refreshing: boolean;
  /** What a new member would be launched from, `<launch template id>:<version>` with the version as a number; empty when nobody knows. */
  readonly launchTemplate: string;
  /** Processes of Auto Scaling that are suspended in it: `Launch`, `ReplaceUnhealthy`, … */
  readonly suspended: readonly string[];
  /** Without those of a warm pool. */
  readonly members: readonly ObservedMember[];
}

export interface ObservedMember {
  readonly instanceId: string;
  /** `Pending:Wait`, `InService`, `Terminating:Wait`, `Standby`, … */
  readonly lifecycleState: string;
  /** What Auto Scaling thinks of it. */
  readonly healthy: boolean;
  readonly zone: string;
  /** `<launch template id>:<version>`; empty when Auto Scaling names none. */
  readonly launchTemplate: string;
}

export interface ObservedInstance {
  readonly instanceId: string;
  /** What its Node is called where it has no provider id: its private DNS name, the first part of that, its id. Absent: nobody knows. */
  readonly nodeNames?: readonly string[];
  /** `pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated`. */
  readonly state: string;
  readonly launchedAt: string;
  readonly systemStatus: InstanceCheck;
  readonly instanceStatus: InstanceCheck;
  /** Since when the first of its checks fails; null when none does, or EC2 does not say. */
  readonly impairedSince: string | null;
}

export type InstanceCheck = 'ok' | 'impaired' | 'initializing' | 'insufficient-data' | 'not-applicable';

export interface ObservedEtcd {
  /** `unknown`: some do not answer, and EC2 does not say that they are off. */
  readonly quorum: 'kept' | 'lost' | 'unknown';
  readonly members: readonly ObservedEtcdMember[];
  /** `NOSPACE`, `CORRUPT`, with the member that raised it. */
  readonly alarms: readonly { readonly memberId: string; readonly kind: string }[];
  /** Where the quorum is lost: what could be restored; null: nothing, a text: why nobody could see that. */
  readonly restore?: ObservedRestore | string | null;
}

/** A snapshot that etcd could be restored from. */
export interface ObservedRestore {
  readonly snapshotId: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly snapshotRevision: number;
  /** Whether a drill has restored it. */
  readonly proven: boolean;
  /** The newest that a drill has restored; empty when there is none. */
  readonly newestProven: string;
  /** Of the member that is furthest; null when none answers. */
  readonly survivorRevision: number | null;
}

export interface ObservedEtcdMember {
  readonly memberId: string;
  readonly name: string;
  /** Empty when no instance has its address. */
  readonly instanceId: string;
  readonly healthy: boolean;
  readonly leader: boolean;
  readonly learner: boolean;
  /** Why it is not healthy; empty when it is. */
  readonly problem: string;
  /** null when it did not answer. */
  readonly databaseBytes: number | null;
  /** null when nobody knows. */
  readonly quotaBytes: number | null;
  /** How many entries it is behind the member that is ahead; null when it did not answer. */
  readonly raftLag: number | null;
}

export interface ObservedDaemonSet {
  /** `kube-system/aws-node`. */
  readonly name: string;
  readonly desired: number;
  readonly ready: number;
}

export interface ObservedReplicas {
  readonly desired: number;
  readonly ready: number;
}

export interface UnhealthyTargets {
  /** Target group or classic load balancer. */
  readonly name: string;
  readonly registered: number;
  /** Instances of the cluster that are unhealthy there. */
  readonly unhealthy: readonly string[];
  /** Those that it leads no traffic to, since a zonal shift or autoshift is active for their zone. Absent: none. */
  readonly shiftedAway?: readonly string[];
}

export interface ZonalShift {
  readonly zone: string;
  /** Of which resource, or whose doing, in words. */
  readonly why: string;
}

export interface ObservedAlarm {
  readonly name: string;
  readonly instanceId: string;
  /** Since when it is in ALARM. */
  readonly since: string;
  readonly why: string;
}

/** What an agent on a node has told of it and does not take back: the node monitoring agent, the node problem detector. */
export interface ObservedNodeEvent {
  readonly nodeName: string;
  /** `SoftLockup`, `OOMKilling`, … */
  readonly reason: string;
  readonly message: string;
  /** When it was last told, by the agent's clock. */
  readonly heardAt: string;
}

export interface FailedJoins {
  /** `<launch template id>:<version>`, as members have it. */
  readonly launchTemplate: string;
  readonly inARow: number;
  /** The instances that failed. */
  readonly instances: readonly string[];
}

/** The cord that anybody may pull: nothing that could be left is done in any cluster while it is on. */
export interface Andon {
  readonly reason: string;
  readonly since: string;
  readonly by: string;
}
