import type { EtcdMember, ListedMember } from './ports.ts';

/** A member of etcd, as far as changing the list of members takes. */
export interface ChangeableMember extends EtcdMember {
  /** Makes another member the leader; only the leader can be asked. */
  moveLeader(memberId: string): Promise<void>;
  /** Takes a member off the list; its process ends. Etcd refuses (`EtcdRefused`) one that is not on it. */
  removeMember(memberId: string): Promise<void>;
  /** Adds a member that is to be started. `EtcdRefused`: its URL is on the list, or a learner is. */
  addMember(peerUrls: readonly string[], options: { readonly asLearner: boolean }): Promise<ListedMember>;
  /** Makes a learner a voter. `EtcdRefused`: it is not in step with the leader yet. */
  promoteMember(memberId: string): Promise<void>;
}

/** How a member is recognised by its instance. */
export interface MemberPlace {
  readonly instanceId: string;
  /** Addresses and DNS names that belong to the instance itself. */
  readonly hosts: readonly string[];
}

/** An instance that carries a member of etcd, or is to. */
export interface MemberInstance extends MemberPlace {
  readonly privateIpAddress: string;
  /** By EC2 and Auto Scaling: `leaves`: it is being taken away; `gone`: it is terminated. One that is stopped may come back: it stays. */
  readonly standing: 'stays' | 'leaves' | 'gone';
  readonly isRunning: boolean;
  /** Whether EC2 is still launching it: no member can have been started there. */
  readonly isPending: boolean;
}

/** The instances of a cluster that carry its etcd. */
export interface MemberInstances {
  /** Whether members have machines of their own, rather than those of the API servers. */
  readonly external: boolean;
  /** How many there are to be, by the groups' desired capacities; 0: no group carries members. */
  readonly wanted: number;
  readonly instances: readonly MemberInstance[];
}

/** Finds instances. */
export interface MemberDirectory {
  /** All of the cluster's, and this one (empty: none) if EC2 knows it and it is the cluster's, even if it is terminated and its group has forgotten it. */
  of(instanceId: string): Promise<MemberInstances>;
  /** Which of these private addresses an instance has that is not terminated, whosever it is. */
  inUse(addresses: readonly string[]): Promise<ReadonlySet<string>>;
}
