/** A cluster's PKI as it was kept: who may not use the key of KMS can read none of it. */
export interface PkiBackup {
  readonly cluster: string;
  /** Made by `pkiId`. */
  readonly id: string;
  /** ISO 8601. */
  readonly takenAt: string;
  /** SHA-256 over what is in it. */
  readonly fingerprint: string;
  /** The control-plane instance that it was read on. */
  readonly instanceId: string;
  /** Names of what is in it, relative to kubeadm's folder. */
  readonly files: readonly string[];
  /** Names of what was looked for and not there. */
  readonly absent: readonly string[];
  /** The password of the data, encrypted for the key of KMS; base64. */
  readonly key: string;
  /** Encrypted under the password; base64. */
  readonly data: string;
}

/** When somebody last looked at a cluster's PKI, and what it was. */
export interface PkiLook {
  /** ISO 8601. */
  readonly at: string;
  readonly fingerprint: string;
}

/** Where backups of PKI are kept. */
export interface PkiStore {
  newest(cluster: string): Promise<PkiBackup | undefined>;
  add(backup: PkiBackup): Promise<void>;
  lastLook(cluster: string): Promise<PkiLook | undefined>;
  noteLook(cluster: string, look: PkiLook): Promise<void>;
}

/** The backups themselves, as objects that can be listed and removed. */
export interface PkiShelf {
  /** In no order. */
  list(cluster: string): Promise<readonly { readonly id: string; readonly storedAt: Date }[]>;
  /** One that is gone is fine. */
  remove(cluster: string, id: string): Promise<void>;
}

/** The key that backups are encrypted for. */
export interface PkiKey {
  /** DER in base64. */
  publicKey(): Promise<string>;
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

/** What SSM Run Command says became of a command. */
export interface CommandResults {
  result(
    commandId: string,
    instanceId: string,
  ): Promise<{ readonly status: string; readonly output: string; readonly errors: string }>;
}

/** The control-plane instances of a cluster that run, and take commands of this deployment. */
export interface ControlPlaneInstances {
  running(): Promise<readonly string[]>;
}

/** What is in a backup: contents by name. */
export type PkiFiles = ReadonlyMap<string, string>;
