import type { PersonPage } from '../schema/person-page.ts';
import type { HealthDocument } from './health-document.ts';
import type { Work } from './ledger.ts';
import type {
  Andon,
  FailedJoins,
  ObservedAlarm,
  ObservedApiServer,
  ObservedDaemonSet,
  ObservedEtcd,
  ObservedGroup,
  ObservedInstance,
  ObservedNode,
  ObservedNodeEvent,
  ObservedReplicas,
  UnhealthyTargets,
} from './observations.ts';

/** What adapters give, and keep. */
export type { HealthDocument } from './health-document.ts';
export type { Work } from './ledger.ts';
export type {
  InstanceCheck,
  ObservedApiServer,
  ObservedCondition,
  ObservedGroup,
  ObservedInstance,
  ObservedMember,
  ObservedNode,
  ObservedNodeEvent,
} from './observations.ts';

/** The API server, asked from outside. */
export interface WatchedApiServer {
  /** What `/readyz` says. Never fails: that nobody answers is an answer. */
  readiness(): Promise<ObservedApiServer>;
  /** Every Node, with its lease. */
  nodes(): Promise<readonly ObservedNode[]>;
  /** The Warning Events of Nodes with these reasons that the API server still has. */
  nodeEvents(reasons: readonly string[]): Promise<readonly ObservedNodeEvent[]>;
  /** Those of these names, `namespace/name`. One that is missing has no pods. */
  daemonSets(names: readonly string[]): Promise<readonly ObservedDaemonSet[]>;
  /** null where there is none by the usual name. */
  coreDns(): Promise<ObservedReplicas | null>;
}

/** Auto Scaling. */
export interface WatchedGroups {
  /** All groups that are tagged for the cluster. */
  ofCluster(cluster: string): Promise<readonly ObservedGroup[]>;
  /** Which of a group's transitions wait at a hook of Tender's and at no other: the one that its tags name, or the one by the usual name. */
  hooksOfTender(groupName: string): Promise<ReadonlySet<'launching' | 'terminating'>>;
}

/** EC2, with its status checks. */
export interface WatchedInstances {
  /** All that are tagged for the cluster, and these; one that EC2 does not know is missing. */
  describe(cluster: string, instanceIds: readonly string[]): Promise<readonly ObservedInstance[]>;
}

/** Load balancers, by the map that load-balancer-sync keeps (S22). */
export interface WatchedTargets {
  unhealthy(cluster: string): Promise<readonly UnhealthyTargets[]>;
}

/** CloudWatch. */
export interface WatchedAlarms {
  /** Those of these names that are in ALARM and have an instance as a dimension. */
  inAlarm(names: readonly string[]): Promise<readonly ObservedAlarm[]>;
}

/** Counts of joins that failed. */
export interface JoinFailures {
  /** Of these launch template versions, `<id>:<version>`. One without a failure is missing. */
  of(cluster: string, launchTemplates: readonly string[]): Promise<readonly FailedJoins[]>;
}

/** The catalogue of etcd's snapshots, as far as their age goes. */
export interface WatchedSnapshots {
  newest(): Promise<SnapshotAge>;
}

/** How old the newest snapshot is. */
export interface SnapshotAge {
  /** Its id; empty: there is none. */
  readonly newest: string;
  /** Since it was stored. Absent: there is none. */
  readonly ageSeconds?: number;
  /** Older than two of the intervals that they are taken at, or not there at all. */
  readonly overdue: boolean;
  readonly everyMinutes: number;
}

/** The cord that stops everything that could be left (docs/health.md). */
export interface AndonCord {
  /** null: off. */
  read(): Promise<Andon | null>;
}

/** A pause that somebody asked for beside the registry entry, as `tender pause` does. */
export interface ClusterPause {
  /** ISO 8601; null: there is none. */
  until(): Promise<string | null>;
}

/** All that a look at a cluster asks. */
export interface HealthSources {
  readonly apiServer: WatchedApiServer;
  readonly groups: WatchedGroups;
  readonly instances: WatchedInstances;
  /** undefined where the registry does not describe etcd. */
  readonly etcd: { look(): Promise<ObservedEtcd> } | undefined;
  /** undefined where the registry does not describe etcd. */
  readonly snapshots?: WatchedSnapshots | undefined;
  readonly targets: WatchedTargets;
  readonly alarms: WatchedAlarms;
  readonly joins: JoinFailures;
  readonly andon: AndonCord;
  readonly pause: ClusterPause;
}

/** What passes leave in the state bucket. */
export interface HealthDocuments {
  /** No document when there is none, or none that can be read: losing it costs time and no node. */
  read(cluster: string): Promise<{ readonly document?: HealthDocument; readonly etag: string | undefined }>;
  /** Replaces the one that has this tag; undefined: there was none. */
  write(document: HealthDocument, etag: string | undefined): Promise<{ readonly etag: string } | 'conflict'>;
  /** Keeps what was found beside it, under its time. */
  keep(document: HealthDocument): Promise<void>;
}

/** A disruption that somebody has a lease for, as far as health goes. */
export interface KnownLease {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly groupName: string;
  readonly zone: string;
  readonly reason: string;
  /** ARN. */
  readonly execution: string;
  readonly takenAt: string;
}

/** Who has leave to disrupt what. */
export interface Leases {
  of(cluster: string): Promise<readonly KnownLease[]>;
  /** Drops those of these instances, where it is sure that they are gone. */
  prune(cluster: string, instanceIds: readonly string[]): Promise<void>;
}

/** Claims on instances, as far as what is left behind goes. */
export interface ClaimsLeft {
  of(cluster: string): Promise<readonly KnownClaim[]>;
}

/** A claim, as far as what is left behind and what nobody sees to goes. */
export interface KnownClaim {
  readonly instanceId: string;
  /** The execution's ARN. */
  readonly owner: string;
  /** ISO 8601. */
  readonly claimedAt: string;
  /** ISO 8601: when its owner is done at the latest, or has given up. */
  readonly deadline: string;
  /** Whether its owner has left it to whoever takes the instance. */
  readonly offered?: boolean | undefined;
  /** Why it could not be read: then nothing else of it is known. */
  readonly problem?: string | undefined;
}

/** Step Functions, where the workflows that a pass starts run. */
export interface HealthWorkflows {
  /** Starts an execution of this name; one that exists already is as good. */
  start(workflow: string, name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** By workflow and name. undefined: nobody knows it. */
  named(workflow: string, name: string): Promise<KnownExecution | undefined>;
  /** Executions of a workflow that run now for a cluster, whoever has started them. */
  running(workflow: string, cluster: string): Promise<readonly Work[]>;
  /** By ARN. */
  describe(arn: string): Promise<KnownExecution | undefined>;
}

export interface KnownExecution {
  readonly status: string;
  /** What its output says came of it, in words; empty when it says nothing, or runs. */
  readonly outcome: string;
  /** ISO 8601; empty while it runs. */
  readonly endedAt: string;
  /** What it was started with. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Tells people. */
export interface Pager {
  page(page: PersonPage): Promise<void>;
}

/** Writes Events about Nodes; one that cannot be written is left. */
export interface HealthEvents {
  record(nodeName: string, event: HealthEvent): Promise<void>;
}

export interface HealthEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}
