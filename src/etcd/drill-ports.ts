import type { PkiBackup, PkiFiles } from './pki-ports.ts';
import type { Alarm, MemberStatus, SnapshotRecord } from './ports.ts';

/** A disk and programs for the time of one drill. */
export interface DrillGround {
  freeBytes(): Promise<number>;
  /** Keeps the database of a snapshot. @throws DrillDiskFull */
  save(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Makes a data directory of what was saved, as one does in earnest. @throws DrillToolsMissing, DrillDiskFull, RestoreRefused */
  restore(): Promise<void>;
  /** Starts an etcd of one member on the restored data. @throws DrillToolsMissing, RestoredEtcdBroken */
  startEtcd(): Promise<RestoredEtcd>;
  /** Starts an API server on that etcd; undefined where there is no such program. @throws RestoredKubernetesBroken */
  startKubernetes(options?: ApiServerOptions): Promise<RestoredKubernetes | undefined>;
  /** Ends what runs and removes what was saved. Clearing twice is fine. */
  clear(): Promise<void>;
}

/** The etcd that a drill has started. */
export interface RestoredEtcd {
  status(): Promise<MemberStatus>;
  alarms(): Promise<readonly Alarm[]>;
  disarm(alarm: Alarm): Promise<void>;
  countKeys(prefix?: string): Promise<number>;
  hashKv(): Promise<{ readonly hash: number; readonly compactRevision: number }>;
  read(key: string): Promise<Uint8Array | undefined>;
  /** The value that was written last under a prefix. */
  lastWritten(prefix: string): Promise<Uint8Array | undefined>;
}

/** What the API server of a drill is to be like. */
export interface ApiServerOptions {
  /** An EncryptionConfiguration, YAML. */
  readonly encryption?: string | undefined;
}

/** A list of a kind that could not be read from the restored API server. */
export interface UnlistedKind {
  /** `deployments.apps`. */
  readonly kind: string;
  readonly why: string;
  /** Nothing in the database is to blame: an API server elsewhere serves it, or a webhook converts it. */
  readonly servedElsewhere: boolean;
}

/** The API server that a drill has started. */
export interface RestoredKubernetes {
  /** `v1.36.3`. */
  readonly version: string;
  /** Reads every object of every kind. */
  listEverything(): Promise<{
    readonly kinds: number;
    readonly objects: number;
    readonly unlisted: readonly UnlistedKind[];
  }>;
  /** Writes an object and reads it back; gives what was wrong, or nothing. */
  write(): Promise<string | undefined>;
}

/** What an API server found in the restored data. */
export interface RestoredKinds {
  /** Of the API server. */
  readonly version: string;
  readonly kinds: number;
  readonly objects: number;
  /** Kinds that others than the API server serve or convert. */
  readonly unlisted: readonly string[];
}

/** That a snapshot was restored, and what was found in it (S24, S27). Kept beside its record. */
export interface SnapshotProof {
  readonly cluster: string;
  /** The snapshot's id. */
  readonly id: string;
  /** ISO 8601. */
  readonly provenAt: string;
  readonly etcd: {
    /** The one that it was restored into. */
    readonly version: string;
    /** Exactly, where the record has a bracket. */
    readonly revision: number;
    readonly compactRevision: number;
    /** All of them that are there at this revision. */
    readonly keys: number;
    /** As HashKV answers at this revision. */
    readonly hashKv: number;
    /** Keys that had to be there, and were. */
    readonly canaries: readonly string[];
  };
  /** The backup of the cluster's PKI that matches it. */
  readonly pki: { readonly id: string; readonly fingerprint: string; readonly evidence: readonly string[] };
  /** Not there when the drill had no API server. */
  readonly kubernetes?: RestoredKinds | undefined;
  /** Seconds that a restore took, and its parts. */
  readonly rto: {
    readonly seconds: number;
    readonly downloadSeconds: number;
    readonly restoreSeconds: number;
    readonly etcdSeconds: number;
    /** Until it had listed everything and taken a write. */
    readonly kubernetesSeconds?: number | undefined;
  };
  /** Seconds of writes that a restore at the beginning of the drill would have lost at most. */
  readonly rpoSeconds: number;
}

/** Where proofs are kept. */
export interface ProofStore {
  /** @throws StateObjectUnreadable */
  proof(cluster: string, id: string): Promise<SnapshotProof | undefined>;
  /** Replaces an earlier one of the same snapshot. Touches neither the snapshot nor its record. */
  addProof(proof: SnapshotProof): Promise<void>;
}

/** A backup of PKI that was opened. */
export interface OpenedPki {
  readonly backup: PkiBackup;
  readonly files: PkiFiles;
  /** When somebody last found it to be the cluster's, ISO 8601. */
  readonly lookedAt: string;
}

/** What is drilled, and how. */
export interface DrillOrder {
  readonly record: SnapshotRecord;
  /** Keys that have to be there. */
  readonly canaryKeys: readonly string[];
  /** The newest backup of the cluster's PKI; undefined when there is none. */
  readonly pki: OpenedPki | undefined;
}

/** What a drill on Fargate failed with, as it says itself before it ends. */
export interface DrillFailure {
  readonly cluster: string;
  /** Which task it was: `<execution>-<n>`. */
  readonly run: string;
  readonly name: string;
  readonly message: string;
}

/** Where drills on Fargate leave what they failed with: a container hands back nothing but a number. */
export interface DrillFailures {
  /** What a task of a cluster failed with; undefined when it left no word. @throws StateObjectUnreadable */
  read(cluster: string, run: string): Promise<DrillFailure | undefined>;
  keep(failure: DrillFailure): Promise<void>;
}
