/** What a member of etcd says of itself. Ids are hexadecimal, as etcdctl shows them. */
export interface MemberStatus {
  readonly clusterId: string;
  readonly memberId: string;
  /** `3.5.17`. */
  readonly version: string;
  /** Of the last write that this member has applied. */
  readonly revision: number;
  /** `0` while it knows no leader. */
  readonly leaderId: string;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly databaseBytes: number;
  /** Without what a defragmentation would give back. */
  readonly databaseBytesInUse: number;
  readonly isLearner: boolean;
  /** What the member itself finds wrong: alarms, a missing leader. */
  readonly errors: readonly string[];
}

/** A member as the cluster has it on its list. */
export interface ListedMember {
  readonly memberId: string;
  /** Empty until it has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** An alarm that stands until it is disarmed. */
export interface Alarm {
  readonly memberId: string;
  readonly kind: 'NOSPACE' | 'CORRUPT' | 'unknown';
}
