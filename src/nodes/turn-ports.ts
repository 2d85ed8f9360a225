import type { CommandResult, Instance } from './ports.ts';

/** Whose turn it is to join the control plane, and how far its preparation is. ids and times only: it is kept in a bucket that people read. */
export interface ControlPlaneTurn {
  readonly cluster: string;
  readonly instanceId: string;
  /** The execution's ARN. */
  readonly owner: string;
  /** ISO 8601. */
  readonly takenAt: string;
  /** How many nodes were asked for certificates. */
  readonly attempts: number;
  /** The node that uploads them; noted before it is asked. */
  readonly uploader?: string | undefined;
  /** What it was asked with. */
  readonly commandId?: string | undefined;
  /** When they were there; ISO 8601. */
  readonly uploadedAt?: string | undefined;
}

/** One object per cluster, compare-and-swapped. */
export interface ControlPlaneTurns {
  read(cluster: string): Promise<{ readonly turn: ControlPlaneTurn; readonly etag: string } | undefined>;
  write(turn: ControlPlaneTurn, etag: string | undefined): Promise<'written' | 'conflict'>;
  delete(cluster: string, etag: string): Promise<'deleted' | 'conflict'>;
}

/** Asks control-plane nodes to upload the cluster's certificates, encrypted. */
export interface CertificateUploads {
  /** With the key in this parameter; gives the command's id. undefined: the node takes no commands at the moment. */
  send(instanceId: string, parameterName: string): Promise<string | undefined>;
  result(commandId: string, instanceId: string): Promise<CommandResult>;
}

/** What preparing a join of the control plane needs to know. */
export interface ControlPlane {
  /** Its running instances in service, but this one. */
  others(instanceId: string): Promise<readonly Instance[]>;
  /** Whether etcd can take another member now; one that is lost is taken off the list for it. */
  hasRoom(newcomer: string): Promise<{ readonly ready: boolean; readonly why: string }>;
  isRunning(execution: string): Promise<boolean>;
}
