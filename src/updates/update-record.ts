/** What a group launches, or launched: a version of its launch template, by number. */
export interface Launches {
  readonly launchTemplateId: string;
  readonly version: string;
  readonly imageId: string;
  /** As the template says it; missing: not at all, or nobody has asked. */
  readonly instanceType?: string | undefined;
}

/** How far the update of one group is: written before anything is done, so that another execution can go on from it. Times are ISO 8601, empty where there is none. */
export interface UpdateRecord {
  readonly cluster: string;
  readonly groupName: string;
  /** `managed`: EKS rolls the group itself. */
  readonly way: 'image' | 'in-place' | 'managed';
  readonly reason: string;
  readonly by: string;
  /** The ARN of the execution that works on it, or did last. */
  readonly execution: string;
  /**
   * `running`: an execution works on it. `waiting`: it goes on by itself when `waitsFor` is over. `stopped`: it needs a person. `done` and `rolled-back`: over.
   */
  readonly status: 'running' | 'waiting' | 'stopped' | 'done' | 'rolled-back';
  readonly waitsFor: '' | 'window' | 'andon' | 'pause' | 'replacement' | 'history' | 'EKS';
  /** For people: what it does, or waits for, or why it stopped. */
  readonly why: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string;
  readonly phase: 'canary' | 'bake' | 'waves' | 'roll-back';
  /** Where EKS rolls the group to one of its releases: that, without template and image. */
  readonly target: Launches;
  readonly previous: Launches;
  /** What EKS was asked; null: EKS does not roll the group. */
  readonly managed: ManagedUpdate | null;
  /** What the group followed before it was pinned to a number (S46): `$Latest`, `$Default`; empty: a number already. */
  readonly followed: string;
  /** Nodes whose instance was launched before are outdated, whatever they were launched from; empty: age is no reason. */
  readonly launchedBefore: string;
  /** Whether it may go on outside its window, because a person said so. */
  readonly now: boolean;
  /**
   * While waves go on: whether the group was seen to launch the version that is updated to; then once not, which may be an old answer of Auto Scaling; then twice in a row, which is somebody's
   * decision.
   */
  readonly pinned: 'unseen' | 'seen' | 'missed' | 'gone';
  /** Processes of Auto Scaling that this update suspended, and resumes. */
  readonly suspended: readonly string[];
  /** Whether all that it suspended and marked is put back. */
  readonly settled: boolean;
  /** The one that is under way. */
  readonly wave: Wave | null;
  readonly waves: number;
  /** The last wave before which, and after which, hooks of the user's own have passed; 0: none. The canary is wave 1. */
  readonly hooks: { readonly before: number; readonly after: number };
  /** How many instances were launched for nodes that stayed, and could not be given back. */
  readonly extra: number;
  /** Desired capacity without them. */
  readonly extraBase: number;
  /** How long the last wave took, in seconds; 0: there was none. */
  readonly lastWaveSeconds: number;
  /** How many executions were started for nodes: part of their names. */
  readonly moves: number;
  /** Nodes that were updated. */
  readonly moved: readonly Moved[];
  /** While the canary bakes. */
  readonly bake: Bake | null;
  readonly validation: Validation;
  /** Why it is rolled back; empty when it is not. */
  readonly tripped: string;
  /** Why it stops as soon as what is under way has ended; empty when it does not. */
  readonly stopping: string;
  /** What the last turn could not do; empty: it did everything. */
  readonly trouble: string;
  /** What a person asked for, by `tender update`. */
  readonly asked: Asked | null;
  readonly turns: number;
}

/** A managed node group of EKS. */
export interface NodeGroupName {
  /** As EKS calls it. */
  readonly clusterName: string;
  readonly nodeGroup: string;
}

/** An update that EKS carries out. */
export interface ManagedUpdate extends NodeGroupName {
  /** When EKS was asked, ISO 8601: part of what makes a request that is sent twice the same; empty: it was not. */
  readonly askedAt: string;
  /** What EKS calls the update; empty: it has not answered. */
  readonly updateId: string;
  /** Why EKS refuses; empty: it does not. */
  readonly refused: string;
}

/** Nodes that are updated together. */
export interface Wave {
  /**
   * `surge`: new instances are launched first. `move`: nodes are emptied. `settle`: everything that was launched comes into service. `give-back`: capacity that was
   * launched for nodes that stay goes again.
   */
  readonly stage: 'surge' | 'move' | 'settle' | 'give-back';
  /** Desired capacity before it was raised. */
  readonly base: number;
  /** By how much it is raised. */
  readonly by: number;
  readonly raised: boolean;
  /** Desired capacity when it was asked to go down, without a node that moves; 0: it was not. */
  readonly lowering: number;
  /** How many nodes it moves. */
  readonly size: number;
  readonly since: string;
  readonly stageSince: string;
  readonly moves: readonly Move[];
  /** Joins of the new version that had failed before. */
  readonly failedJoins: number;
}

/** A node that is being updated, by an execution of its own. */
export interface Move {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly zone: string;
  /** The execution's name. */
  readonly execution: string;
  /** Whether the group's desired capacity goes down with it. */
  readonly shrink: boolean;
  /** Whether it has, as far as anybody knows. */
  readonly shrunk: boolean;
  readonly state: 'open' | 'moved' | 'failed';
  readonly why: string;
  readonly since: string;
}

/** A node that was updated. */
export interface Moved {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly zone: string;
  readonly at: string;
}

/** How the canary is watched. */
export interface Bake {
  /** Empty: it is not in service yet. */
  readonly until: string;
  /** When pods were counted, before there was a canary; empty: nobody has written it down. */
  readonly countedAt: string;
  /** Pods of the cluster that were not ready before there was a canary; null: nobody could say. */
  readonly podsNotReady: number | null;
  /** How many of them each workload had; null: nobody could say, or too many. */
  readonly notReadyOf: Readonly<Record<string, number>> | null;
  /** What pods were made from before there was a canary: the hashes of their templates; null: nobody could say, or too many. */
  readonly revisions: readonly string[] | null;
  /** Workloads with a pod that was not ready before; null: nobody could say, or too many. */
  readonly notReady: readonly string[] | null;
  /** Workloads whose pods were restarted shortly before; null: nobody could say. */
  readonly restarting: readonly string[] | null;
  /** After the bake: since when too many pods are not ready; empty: they are not. */
  readonly notReadySince: string;
  /** After the bake: when a pod was first seen not ready through the canary's own fault, by pod. */
  readonly ownNotReady: Readonly<Record<string, string>>;
  /** After the bake: when a pod was first seen to have restarted, by pod; of workloads that restart on a node of the new image. */
  readonly restarts: Readonly<Record<string, string>>;
}

/** Whether everything is well, as kOps validates: twice in a row. */
export interface Validation {
  /** Good looks in a row. */
  readonly good: number;
  readonly goodAt: string;
  /** Since when it is not well; empty when it is. */
  readonly badSince: string;
  /** Since when something is wrong with what this update launched; empty when nothing is. */
  readonly blamedSince: string;
  /** Since when not all that the group wants is in service; empty when it is. */
  readonly incompleteSince: string;
  readonly problems: readonly string[];
}

/** What a person wants of an update that is under way. */
export interface Asked {
  readonly what: 'pause' | 'abort' | 'roll-back';
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** Whether EKS was asked to roll the group and nobody has seen it end: it goes on with that whoever watches, and whatever holds other updates. */
export function isEksAtWork({ status, managed, waves }: Pick<UpdateRecord, 'status' | 'managed' | 'waves'>): boolean {
  return (status === 'running' || status === 'waiting') && managed !== null && managed.askedAt !== '' && waves === 0;
}

/** EKS answers a request in seconds; what it has not answered by then it never will. */
export const EKS_ANSWERS_WITHIN_MINUTES = 30;

/** Whether EKS has begun, or never will: nothing is asked of it any more, and whoever goes on with it only watches. */
export function isOnlyWatched(record: UpdateRecord, now: Date): boolean {
  const { managed } = record;
  if (!managed || !isEksAtWork(record)) return false;
  const minutes = (now.getTime() - Date.parse(managed.askedAt)) / 60_000;
  return managed.updateId !== '' || minutes >= EKS_ANSWERS_WITHIN_MINUTES;
}

/** What nodes are to run: what they ran before, once it is rolled back. */
export function goalOf({ phase, target, previous }: Pick<UpdateRecord, 'phase' | 'target' | 'previous'>): Launches {
  return phase === 'roll-back' ? previous : target;
}
