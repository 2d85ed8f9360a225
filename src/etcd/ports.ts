import type { SnapshotPart } from './names.ts';

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
  /** How large it may grow before etcd raises NOSPACE; 0: it does not say, as before 3.6. */
  readonly quotaBytes: number;
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

/** A member of etcd that can be asked how it is, and about the others. */
export interface EtcdMember {
  readonly url: string;
  status(): Promise<MemberStatus>;
  /** By this member's own list; `confirmed`: by what a quorum agrees on, on etcd 3.5 and later. */
  members(options?: { readonly confirmed?: boolean }): Promise<readonly ListedMember[]>;
  /** The alarms that stand, of all members. */
  alarms(): Promise<readonly Alarm[]>;
}

/** What came of asking one endpoint: its status, or why there is none. */
export interface SeenEndpoint {
  readonly url: string;
  readonly status?: MemberStatus;
  readonly problem?: string;
}

/** A member of etcd, as far as snapshots need it. */
export interface SnapshotSource extends EtcdMember {
  /** The database with its SHA-256 in the last 32 bytes. A chunk is good until the next one is asked for. */
  snapshot(timeoutMs: number): AsyncIterable<Uint8Array>;
  /** The value that was written last under a prefix, as this member has it. */
  lastWritten(prefix: string): Promise<Uint8Array | undefined>;
}

/** The API servers on an etcd; they may not answer, or not be there at all. */
export interface KubernetesVersion {
  /** `v1.36.3`; undefined when nobody says. Never fails. */
  version(): Promise<string | undefined>;
}

/** A member of etcd whose data can be compared. */
export interface HashedMember extends EtcdMember {
  /** Over all keys and values up to a revision; fails when that was compacted. */
  hashKv(revision: number): Promise<{ readonly hash: number; readonly compactRevision: number }>;
}

/** A member of etcd, as far as maintenance needs it. */
export interface MaintainedMember extends EtcdMember {
  /** Forgets what was before this revision. One that was forgotten already is fine. */
  compact(revision: number): Promise<void>;
  /** Writes the database anew without its holes. The member answers nobody meanwhile. */
  defragment(): Promise<void>;
  /** Makes another member the leader; only the leader can be asked. */
  moveLeader(memberId: string): Promise<void>;
  /** Takes an alarm back. */
  disarm(alarm: Alarm): Promise<void>;
}

/** Whatever else changes members of a cluster's etcd, or reads one of them whole. */
export interface OtherWork {
  /** For people, one line each; empty: nothing. */
  underWay(): Promise<readonly string[]>;
}

/** What is known of a snapshot, kept beside it (S24). One that has a record was read back and is as it was sent. */
export interface SnapshotRecord {
  readonly cluster: string;
  /** Made by `snapshotId`. */
  readonly id: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly etcd: {
    readonly clusterId: string;
    readonly memberId: string;
    /** Of the member that it was read from. */
    readonly url: string;
    readonly version: string;
    /** Which alarms stood. */
    readonly alarms: readonly string[];
  };
  /** What else a restore has to know; a field is not there when nobody could tell. */
  readonly kubernetes?:
    | {
        /** Of the API server: `v1.36.3`. */
        readonly version?: string | undefined;
        /** By which the last Secret was encrypted: `aescbc key1`, `kms plugin`, `identity`. */
        readonly encryption?: string | undefined;
      }
    | undefined;
  /** Of the member before and after: the database itself is at one of these, both included. */
  readonly revision: { readonly before: number; readonly after: number };
  /** As `etcdctl snapshot save` writes it, trailer included; the SHA-256 is the trailer's, of the database without it. */
  readonly database: { readonly bytes: number; readonly sha256: string };
  /** As it is stored. */
  readonly stored: StoredSnapshot & { readonly compression: 'zstd' };
  /** From the first look at etcd until it was verified. */
  readonly seconds: number;
}

/** The object that holds a snapshot. */
export interface StoredSnapshot {
  readonly bytes: number;
  /** Of the whole object, as S3 keeps it; hexadecimal. */
  readonly crc32: string;
}

/** An object of the store. */
export interface KeptObject {
  /** The snapshot's id. */
  readonly id: string;
  readonly kind: SnapshotPart;
  /** When it was stored, by the store's own clock. */
  readonly storedAt: Date;
}

/** Where snapshots are kept. */
export interface SnapshotStore {
  /** Everything of a cluster. */
  list(cluster: string): Promise<readonly KeptObject[]>;
  begin(cluster: string, id: string): Promise<SnapshotUpload>;
  /** undefined when there is none. `encryption` is S3's word for it: `aws:kms`, … */
  look(cluster: string, id: string): Promise<(StoredSnapshot & { readonly encryption: string }) | undefined>;
  /** The bytes from one offset up to another, both included. */
  read(cluster: string, id: string, from: number, to: number): Promise<Uint8Array>;
  /** @throws StateObjectUnreadable */
  record(cluster: string, id: string): Promise<SnapshotRecord | undefined>;
  /** Puts a snapshot on the catalogue. */
  addRecord(record: SnapshotRecord): Promise<void>;
  /** What is not there is fine. */
  remove(cluster: string, id: string, kind: KeptObject['kind']): Promise<void>;
  /**
   * Puts an object beside the snapshots of a cluster, lists it, reads it back and deletes it.
   * @throws SnapshotStoreUnfit
   */
  sendCanary(cluster: string, text: string): Promise<void>;
  /** Fails when nothing of a cluster may be removed. Removes nothing. */
  proveRemoval(cluster: string): Promise<void>;
  /** Aborts uploads of a cluster that began before this, and gives how many there were: their functions have died. */
  abortUploads(cluster: string, before: Date): Promise<number>;
}

/** An object in the making, of which nothing is to be seen until it is complete. */
export interface SnapshotUpload {
  /** Parts count from 1; all but the last have at least 5 MiB. Several may be under way. The bytes are the sender's again once it resolves. */
  part(number: number, bytes: Uint8Array): Promise<void>;
  /** Makes the parts an object. Fails when what arrived does not have this checksum. */
  complete(crc32: string): Promise<void>;
  /** Leaves nothing. No part may be under way. Aborting twice, or what was never complete, is fine. */
  abort(): Promise<void>;
}
