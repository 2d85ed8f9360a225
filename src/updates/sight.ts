/** One look at a group that is updated, and at what it depends on. Plain, as JSON has it; times are ISO 8601. */
export interface UpdateSight {
  /** undefined: there is no such group any more. */
  readonly group: UpdatingGroup | undefined;
  /** Nodes of the group's members; `unknown`: the API server cannot be asked. */
  readonly nodes: readonly UpdatingNode[] | 'unknown';
  /** How executions for nodes ended, by name; one that is missing was not started yet. */
  readonly fates: Readonly<Record<string, Fate>>;
  readonly health: HealthSight;
  /** Joins in a row that failed with what is updated to. */
  readonly failedJoins: number;
  readonly andon: { readonly reason: string; readonly since: string; readonly by: string } | null;
  /** Why the cluster or the group is paused, in words; empty when it is not. */
  readonly paused: string;
  readonly window: WindowSight;
  /** What people let say whether it is well. Not asked in a rollback. */
  readonly gates: Gates;
  /** null: nobody asked, or can say. */
  readonly pods: PodSight | null;
  /** The instance of etcd's leader; empty when it is not asked for, or nobody knows. */
  readonly etcdLeader: string;
  /** Whether cluster-autoscaler runs here. */
  readonly autoscaler: boolean;
  /** In place: instances whose node wants a reboot; `unknown`: nobody can say now. */
  readonly wanting: readonly string[] | 'unknown';
  /** Where EKS rolls the group: what it says; undefined: nobody asked, or EKS knows no such group. */
  readonly managed?: ManagedSight | undefined;
}

/** Pods of the cluster, as far as they are not well. */
export interface PodSight {
  /** Those that are not ready, and have not finished. */
  readonly unready: readonly UnreadyPod[];
  /** Those with a container that was started anew lately. */
  readonly restarted: readonly PodRestart[];
  /** Of all pods: what each was made from, once. */
  readonly revisions: readonly string[];
}

export interface SeenPod {
  /** `namespace/name`. */
  readonly pod: string;
  /** Empty: it has none yet. */
  readonly nodeName: string;
  /** What it is one of, `namespace/kind/name`: a ReplicaSet, a DaemonSet; of a pod of its own the pod. */
  readonly workload: string;
  /** The hash of the template that it was made from, as its controller labels it; empty: nobody has labelled it. */
  readonly revision: string;
}

export interface UnreadyPod extends SeenPod {
  /** The nodes on which others of its workload, of the same revision, are ready. */
  readonly readyOn: readonly string[];
  /** When it was made, ISO 8601; empty: nobody says. */
  readonly createdAt: string;
  /** Since when it is not ready, ISO 8601; empty: nobody says. */
  readonly since: string;
}

export interface PodRestart extends SeenPod {
  /** When a container of it last died, ISO 8601. */
  readonly at: string;
}

/** What EKS says of a node group, and of the update that it was asked for. */
export interface ManagedSight {
  readonly group: NodeGroup;
  /** undefined: it was not asked for one yet, or does not know it. */
  readonly update: NodeGroupUpdate | undefined;
}

/** A managed node group of EKS. */
export interface NodeGroup {
  /** `ACTIVE`, `UPDATING`, `DEGRADED`, … */
  readonly status: string;
  /** The release of EKS's image that it runs, as in `1.34.1-20260210`; of a custom image empty. */
  readonly release: string;
  /** As in `1.34`. */
  readonly kubernetesVersion: string;
  /** `AL2023_x86_64_STANDARD`, `BOTTLEROCKET_ARM_64`, `CUSTOM`, … */
  readonly amiType: string;
  /** Of the user's own, with a custom image; null: EKS knows which image. */
  readonly template: { readonly id: string; readonly version: string } | null;
  /** How many nodes EKS replaces at a time: a number, or a percentage. */
  readonly maxUnavailable: number | string;
}

/** An update that EKS carries out. */
export interface NodeGroupUpdate {
  readonly status: 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';
  /** What went wrong, in words. */
  readonly errors: readonly string[];
}

/** Alarms and a query, in words. */
export interface Gates {
  /** Alarms in ALARM, and what a query has found. */
  readonly closed: readonly string[];
  /** What could not be asked, or does not exist: nobody's fault, and no leave to go on. */
  readonly unknown: readonly string[];
}

/** An Auto Scaling group, as far as updates go. */
export interface UpdatingGroup {
  readonly name: string;
  readonly role: 'worker' | 'control-plane' | 'etcd';
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly launchTemplateId: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version: string;
  /** Processes of Auto Scaling. */
  readonly suspended: readonly string[];
  /** Without those of a warm pool. */
  readonly members: readonly UpdatingMember[];
}

export interface UpdatingMember {
  readonly instanceId: string;
  /** `Pending:Wait`, `InService`, `Terminating:Wait`, … */
  readonly lifecycleState: string;
  readonly healthy: boolean;
  readonly zone: string;
  readonly launchTemplateId: string;
  readonly version: string;
  /** When EC2 launched it; empty where nobody asked. */
  readonly launchedAt: string;
}

export interface UpdatingNode {
  readonly name: string;
  readonly instanceId: string;
  readonly ready: boolean;
  /** Whether it carries {@link file://./names.ts outdatedTaint}. */
  readonly outdated: boolean;
  /** Whether cluster-autoscaler is told to leave it. */
  readonly held: boolean;
  /** Whether it was Tender that told it. */
  readonly heldByUs: boolean;
  /** The execution that has drained it, by {@link file://./names.ts ownerAnnotation}; empty: none. */
  readonly owner: string;
}

/** What became of an execution for a node. */
export interface Fate {
  readonly state: 'running' | 'moved' | 'joined' | 'failed';
  /** Whether the group's desired capacity went down with it, as far as anybody knows. */
  readonly shrunk: boolean;
  readonly why: string;
}

/** What the health passes say; `off`: nobody looks. */
export type HealthSight =
  | 'off'
  | {
      /** When the last pass looked; empty: none has. */
      readonly at: string;
      readonly findings: readonly {
        readonly about: 'node' | 'cluster';
        readonly instanceId: string;
        readonly groupName: string;
        readonly words: string;
      }[];
      /** Open ones. Names as in `group workers-a`, `zone us-east-1b`, `cluster`, `image lt-1:7`. */
      readonly breakers: readonly { readonly name: string; readonly words: string }[];
    };

/** Whether now is a time for updates. */
export interface WindowSight {
  readonly open: boolean;
  /** While open: when it opened; absent: nobody knows. */
  readonly since?: string;
  /** While open: when it closes; empty: never. */
  readonly until: string;
  /** While closed: when it opens; empty: nobody knows. */
  readonly next: string;
  readonly why: string;
}

/** Whether an instance is on its way out of its group. */
export function isLeaving({ lifecycleState }: Pick<UpdatingMember, 'lifecycleState'>): boolean {
  return /^(Terminat|Detach|Warmed)/.test(lifecycleState);
}

/** The instances whose Node is Ready, as far as the API server can be asked. */
export function readyInstances({ nodes }: Pick<UpdateSight, 'nodes'>): ReadonlySet<string> {
  return new Set(nodes === 'unknown' ? [] : nodes.filter(({ ready }) => ready).map(({ instanceId }) => instanceId));
}
