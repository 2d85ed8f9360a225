import type {
  Fate,
  Gates,
  HealthSight,
  NodeGroup,
  NodeGroupUpdate,
  PodSight,
  UpdateSight,
  UpdatingGroup,
  UpdatingNode,
  WindowSight,
} from './sight.ts';
import type { Launches, NodeGroupName, UpdateRecord } from './update-record.ts';

export type {
  Fate,
  Gates,
  HealthSight,
  NodeGroup,
  NodeGroupUpdate,
  PodRestart,
  PodSight,
  SeenPod,
  UnreadyPod,
  UpdatingMember,
  UpdatingNode,
  WindowSight,
} from './sight.ts';
export type { Launches, UpdateRecord } from './update-record.ts';

/** Records of updates, one for each group. */
export interface UpdateRecords {
  /** undefined: the group was never updated. */
  read(
    cluster: string,
    groupName: string,
  ): Promise<{ readonly record: UpdateRecord; readonly etag: string } | undefined>;
  /** Writes when it still has this tag (undefined: when there is none). */
  write(record: UpdateRecord, etag: string | undefined): Promise<{ readonly etag: string } | 'conflict'>;
  /** Keeps one that is over, for `tender update history`. */
  keep(record: UpdateRecord): Promise<void>;
  /** Those of all groups of a cluster. */
  ofCluster(cluster: string): Promise<readonly UpdateRecord[]>;
}

/** An image that was rolled back. */
export interface BadImage {
  readonly imageId: string;
  readonly why: string;
  /** ISO 8601. */
  readonly since: string;
  /** Where it was found. */
  readonly cluster: string;
}

/** Images that no group is updated to any more, until somebody takes the mark away. */
export interface BadImages {
  read(imageId: string): Promise<BadImage | undefined>;
  mark(image: BadImage): Promise<void>;
}

/** Auto Scaling groups that are updated. */
export interface UpdatingGroups {
  /** undefined: there is no such group. @param withLaunchTimes whether EC2 is asked when each member was launched */
  describe(groupName: string, withLaunchTimes: boolean): Promise<DescribedGroup | undefined>;
  /** Lets the group launch a version of a launch template. */
  pin(groupName: string, launchTemplateId: string, version: string): Promise<void>;
  /** Raises desired capacity to this where it is lower. */
  raise(groupName: string, to: number): Promise<void>;
  /** Lowers desired capacity by so much, while nothing is launched, and only as far as no instance has to go for it. @param isLaunchOurs whether Launch is resumed afterwards, also where an earlier try has left it suspended */
  lower(groupName: string, by: number, isLaunchOurs: boolean): Promise<void>;
  /** Terminates an instance that is not in service, and desired capacity goes down with it. One that has come into service meanwhile stays. */
  drop(groupName: string, instanceId: string): Promise<void>;
  suspend(groupName: string, processes: readonly string[]): Promise<void>;
  resume(groupName: string, processes: readonly string[]): Promise<void>;
}

/** A group with what tells whose it is. */
export interface DescribedGroup extends UpdatingGroup {
  /** By key. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether overrides of a mixed instances policy have launch templates of their own. */
  readonly hasOwnTemplates: boolean;
  /** Instance refreshes that are under way. */
  readonly instanceRefreshes: number | 'unknown';
}

/** An image, as EC2 has it. */
export interface SeenImage {
  /** `available`, `pending`, `failed`, `deregistered`, … */
  readonly state: string;
  /** `x86_64`, `arm64`. */
  readonly architecture: string;
}

/** Launch templates. */
export interface LaunchTemplates {
  /** A version by its number, `$Latest` or `$Default`; undefined: there is none. The image is empty where the template names none. */
  version(launchTemplateId: string, version: string): Promise<Launches | undefined>;
  /** undefined: EC2 knows no such image. */
  image(imageId: string): Promise<SeenImage | undefined>;
}

/** Managed node groups, which EKS rolls. */
export interface ManagedNodeGroups {
  /** undefined: EKS knows no such group. */
  describe(of: NodeGroupName): Promise<NodeGroup | undefined>;
  /**
   * Asks EKS to roll it to a release, or to a version of its launch template; never past a budget of pods.
   *
   * @param token the same for a request that is sent twice, which begins one update
   */
  roll(
    of: NodeGroupName,
    to: Launches,
    token: string,
  ): Promise<{ readonly updateId: string } | { readonly refused: string }>;
  /** undefined: EKS knows no such update. */
  update(of: NodeGroupName, updateId: string): Promise<NodeGroupUpdate | undefined>;
}

/** Nodes of a cluster that is updated. */
export interface UpdatingNodes {
  /** `unknown`: the API server cannot be asked. */
  list(): Promise<readonly UpdatingNode[] | 'unknown'>;
  /** Adds and takes off what updates write on a Node. One that is gone is fine. @param owner whose mark it is */
  mark(nodeName: string, marks: { readonly outdated: boolean; readonly held: boolean }, owner: string): Promise<void>;
  /** Pods that are not ready, and such that were restarted lately; null: nobody can say. @param since ISO 8601 */
  pods(since: string): Promise<PodSight | null>;
  /** Whether cluster-autoscaler says that it runs. */
  hasAutoscaler(): Promise<boolean>;
}

/** Executions for nodes. */
export interface NodeWorkflows {
  start(workflow: 'node-retire' | 'node-update', name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** undefined: there is none of this name. */
  fate(workflow: 'node-retire' | 'node-update', name: string): Promise<Fate | undefined>;
  /** Whether an execution runs, by its ARN. */
  isRunning(execution: string): Promise<boolean>;
}

/** Everything else that is looked at. */
export interface UpdateSurroundings {
  /** What the health passes say. */
  health(): Promise<HealthSight>;
  /** Joins in a row that failed. */
  failedJoins(launches: Launches): Promise<number>;
  andon(): Promise<UpdateSight['andon']>;
  /** Until when the cluster is paused; undefined: it is not. */
  pausedUntil(): Promise<string | undefined>;
  window(now: Date): Promise<WindowSight>;
  /** Alarms and a query. */
  gates(): Promise<Gates>;
  /** The instance of etcd's leader; empty: nobody knows. */
  etcdLeader(): Promise<string>;
  /** The version, or release, that the watch has found for the group; empty: none. */
  found(): Promise<string>;
  /** Instances of the group whose node wants a reboot. */
  wanting(): Promise<readonly string[] | 'unknown'>;
}
