import type { EtcdMember, ListedMember, SnapshotRecord } from './ports.ts';

/** What a control-plane node says of itself: the answer of our document `inspect-control-plane`. */
export interface NodeFacts {
  /** Whether it has a static manifest of etcd, in place or put aside by this restore. */
  readonly etcd: boolean;
  readonly apiServer: boolean;
  readonly fenced: boolean;
  readonly restored: boolean;
  readonly name: string;
  readonly image: string;
  readonly dataDir: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  /** The version of etcdutl in etcd's image; empty when there is none. */
  readonly etcdutl: string;
  readonly crictl: boolean;
  readonly curl: boolean;
  readonly zstd: boolean;
  readonly aws: boolean;
  readonly freeBytes: number;
}

/** A control-plane node that answered. */
export interface InspectedNode extends NodeFacts {
  readonly instanceId: string;
}

/** An instance of the groups with the role control-plane or etcd. */
export interface ControlPlaneMachine {
  readonly instanceId: string;
  readonly arn: string;
  readonly groupName: string;
  /** When it was started last; ISO 8601. */
  readonly launchedAt: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  /** Addresses and DNS names that belong to it. */
  readonly hosts: readonly string[];
}

/** The same, and whether it can be told anything. */
export interface ControlPlaneInstance extends ControlPlaneMachine {
  /** Whether Run Command reaches it. */
  readonly takesCommands: boolean;
}

/** What EC2 says of the machines that carry a cluster's control plane. */
export interface ControlPlaneMachines {
  machines(): Promise<readonly ControlPlaneMachine[]>;
  /** Which of these private addresses an instance has that is not terminated, whosever it is. */
  inUse(addresses: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The machines that carry a cluster's control plane. */
export interface ControlPlane extends Pick<ControlPlaneMachines, 'inUse'> {
  instances(): Promise<readonly ControlPlaneInstance[]>;
  /** Switches an instance off; its disks stay. One that is off already is fine. */
  stop(instanceId: string): Promise<void>;
}

/** What came of a command on a node. */
export interface NodeCommandResult {
  readonly status: 'under-way' | 'done' | 'failed' | 'not-delivered';
  readonly output: string;
  readonly errors: string;
}

/** Our documents on nodes. */
export interface NodeCommands {
  /** Gives the command's id. */
  send(
    document: 'inspect' | 'restore',
    instanceId: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<string>;
  result(commandId: string, instanceId: string): Promise<NodeCommandResult>;
}

/** Commands that were sent, by instance. */
export type SentCommands = Readonly<Record<string, string>>;

/** A node that belongs to the restored etcd. */
export interface RestoredNode {
  readonly instanceId: string;
  /** Of its member. */
  readonly name: string;
  readonly peerUrl: string;
}

/** A restore as it is written down before anything is done, so that another execution can go on with it. */
export interface Restore {
  readonly cluster: string;
  /** The new cluster token, and the name of folders on the nodes. */
  readonly id: string;
  /** The restore that was given up for this one. */
  readonly previousId?: string | undefined;
  readonly state: 'under-way' | 'done';
  /** The execution that works on it. */
  readonly owner: string;
  /** Executions that worked on it, or on the one that was given up for it, before. */
  readonly takenOverFrom?: readonly string[] | undefined;
  /** ISO 8601, like all times. */
  readonly begunAt: string;
  readonly approval: { readonly by: string; readonly at: string };
  readonly snapshot: {
    readonly id: string;
    readonly takenAt: string;
    readonly etcdClusterId: string;
    readonly revision: number;
    readonly sha256: string;
    readonly databaseBytes: number;
  };
  /** 0: etcd is too old, and somebody accepted that kubelets and controllers have to be restarted. */
  readonly bumpRevision: number;
  /** The instance on which the snapshot is restored. */
  readonly first: string;
  readonly nodes: readonly RestoredNode[];
  /** Instances that were switched off, because no command reached them. */
  readonly stopped: readonly string[];
  /** Processes of Auto Scaling groups that are suspended meanwhile. */
  readonly suspended: Readonly<Record<string, readonly string[]>>;
  /** The ids of all clusters of etcd that this cluster's data has been in. */
  readonly etcdClusterIds: readonly string[];
  /** What it came to at last; while it is under way, why it stopped. */
  readonly note?: string | undefined;
}

/** Where restores are written down, the last one of each cluster. */
export interface RestoreJournal {
  /** @throws StateObjectUnreadable */
  read(cluster: string): Promise<{ readonly restore: Restore; readonly etag: string } | undefined>;
  /** Writes when it still has this tag (undefined: when there is none). */
  write(restore: Restore, etag: string | undefined): Promise<'written' | 'conflict'>;
}

/** Whether executions run. */
export interface RunningWork {
  isRunning(executionArn: string): Promise<boolean>;
}

/** Lets one node read one snapshot for a few minutes. */
export interface SnapshotDoor {
  /** Gives the name of the parameter that holds the address. */
  open(
    record: Pick<SnapshotRecord, 'cluster' | 'id'>,
    instance: Pick<ControlPlaneInstance, 'instanceId' | 'arn'>,
  ): Promise<string>;
  /** What is closed already is fine. */
  close(cluster: string, instanceId: string): Promise<void>;
}

/** What Auto Scaling does by itself to the groups of a control plane. */
export interface GroupProcesses {
  /** Which of the processes that replace, move or end instances are not suspended. */
  active(groupName: string): Promise<readonly string[]>;
  suspend(groupName: string, processes: readonly string[]): Promise<void>;
  resume(groupName: string, processes: readonly string[]): Promise<void>;
}

/** A member of etcd, as far as a restore needs it. */
export interface RestorableMember extends EtcdMember {
  addMember(peerUrls: readonly string[], options: { readonly asLearner: boolean }): Promise<ListedMember>;
  promoteMember(memberId: string): Promise<void>;
  countKeys(prefix: string, options: { readonly confirmed: boolean }): Promise<number>;
  put(key: string, value: string): Promise<void>;
  /** Removes all keys that begin so, and says how many there were. */
  deletePrefix(prefix: string): Promise<number>;
}
