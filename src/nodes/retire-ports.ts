import type { Instance, LifecycleHook, NodeNameRule } from './ports.ts';

/** What a cluster's registry entry says about nodes that leave; the registry's `Cluster` has this shape. */
export interface RetirePolicy {
  readonly name: string;
  readonly kind: 'self-managed' | 'eks';
  readonly nodeNames: NodeNameRule;
  readonly drain: { readonly timeoutSeconds: number; readonly graceCapSeconds: number };
  readonly retire: {
    readonly whenDrainFails: 'continue' | 'abandon-and-retain' | 'expire';
    readonly rebalance: 'ignore' | 'cordon' | 'retire';
    readonly launchFirst: boolean;
    readonly maintenance: 'retire' | 'ignore';
  };
}

/** What brought a node to leave; `manual`: a person. `repair`: it is sick, and another one is to take its place. `update`: what it was launched from is outdated. */
export type RetireSignal =
  | 'terminate-hook'
  | 'spot-interruption'
  | 'rebalance-recommendation'
  | 'scheduled-maintenance'
  | 'instance-stopped'
  | 'instance-terminated'
  | 'repair'
  | 'update'
  | 'manual';

/** An Auto Scaling group, as far as retiring goes. */
export interface RetiringGroup {
  readonly name: string;
  /** By key. */
  readonly tags: Readonly<Record<string, string>>;
  readonly hooks: readonly LifecycleHook[];
  readonly desiredCapacity: number;
  readonly maxSize: number;
  /** Whether an instance whose terminate hook is answered ABANDON is kept (InstanceLifecyclePolicy). */
  readonly retainsOnAbandon: boolean;
  /** Whether it has a warm pool that keeps instances up (PoolState Running) or wakes them (Hibernated): a kubelet there never starts anew. */
  readonly poolKeepsKubelets: boolean;
  /** Instance refreshes that are under way; `unknown`, where Tender may not ask, refuses whatever is voluntary. */
  readonly instanceRefreshes: number | 'unknown';
  /** Whether its process Launch is suspended: it replaces nobody. */
  readonly launchesNobody: boolean;
}

/** What a group has and wants. */
export interface GroupCapacity {
  readonly desiredCapacity: number;
  /** Healthy members that are in service. */
  readonly inService: number;
}

/** A member of a group, and where it stands: `Pending:Wait`, `InService`, … */
export interface GroupMember {
  readonly instanceId: string;
  readonly lifecycleState: string;
}

/** Whom a group has, and how many it wants. */
export interface GroupMembers {
  readonly desiredCapacity: number;
  readonly minSize: number;
  readonly members: readonly GroupMember[];
}

/** Reads and changes Auto Scaling groups. */
export interface RetiringGroups {
  /**
   * undefined: there is no such group (any more).
   * @param isChoice whether it is decided by it; else instance refreshes are `unknown`, and not asked for
   */
  describe(groupName: string, isChoice: boolean): Promise<RetiringGroup | undefined>;
  /** Counts its members, which are half a megabyte where there are a thousand. undefined: there is no such group (any more). */
  capacity(groupName: string): Promise<GroupCapacity | undefined>;
  /** undefined: there is no such group (any more). */
  members(groupName: string): Promise<GroupMembers | undefined>;
  /**
   * Terminates an instance through its group, whose hooks run. `leaving`: it is on its way out already, or not in its group any more.
   * @param shrink whether the group's desired capacity goes down by one, because its replacement is there already
   */
  terminate(instanceId: string, shrink: boolean): Promise<'terminating' | 'leaving'>;
  /** undefined: there is no such group (any more). */
  desiredCapacity(groupName: string): Promise<number | undefined>;
  setDesiredCapacity(groupName: string, desired: number): Promise<void>;
}

/** Whether etcd keeps its quorum without a member. `unknown` refuses whatever is voluntary. */
export interface QuorumAnswer {
  readonly quorum: 'kept' | 'lost' | 'unknown';
  /** For people; empty when it is kept. */
  readonly why: string;
}

/** Asks etcd. */
export interface Quorum {
  /** As if the instance, and the member on it, were gone. */
  without(instance: Instance): Promise<QuorumAnswer>;
}

/** An instance with its tags, by key. */
export interface TaggedInstance extends Instance {
  readonly tags: Readonly<Record<string, string>>;
}

export interface TaggedInstances {
  /** By id; one that EC2 does not know (yet, or any more) is missing. */
  describe(instanceIds: readonly string[]): Promise<ReadonlyMap<string, TaggedInstance>>;
}

/** Finds the instance behind a Node, for people who know nodes by their names. */
export interface NodeInstances {
  /** @throws NodeNotFound, NodeWithoutInstance. */
  find(cluster: string, nodeName: string): Promise<string>;
  /** An instance's Node, by its provider id. `none`: there is no such Node; `unknown`: the API server cannot be asked. */
  ofInstance(instanceId: string): Promise<InstanceNode | 'none' | 'unknown'>;
}

/** The Node of an instance. */
export interface InstanceNode {
  readonly name: string;
  /** Its first address of type InternalIP; empty when it has none. */
  readonly internalIp: string;
  readonly isReady: boolean;
}

/** The cord that anybody may pull, and who has. */
export interface Andon {
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  readonly by: string;
}

/** Reads the andon. */
export interface AndonCord {
  /** null: it is off. */
  read(): Promise<Andon | null>;
}

/** Who works on an instance. */
export interface ClaimHolders {
  /** `owner`: the execution that is asked about. */
  holder(instanceId: string, owner: string): Promise<'nobody' | 'owner' | 'another'>;
}
