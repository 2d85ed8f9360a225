import type { Seen } from './observations.ts';
import type { KnownClaim } from './ports.ts';

/** Who works on what in the cluster now, and what became of the repairs that earlier passes started. */
export interface Ledger {
  /** Disruption leases, and running executions that have none (yet): node-repair, node-retire, node-drain, etcd-member-replace, updates. */
  readonly work: Seen<readonly Work[]>;
  /** Of the executions that the memory names: those that run no more. One that nobody knows any more is not here. */
  readonly ended: readonly EndedExecution[];
  /** Who has claimed which instance. Absent: nobody has asked. */
  readonly claims?: Seen<readonly KnownClaim[]>;
}

/** An instance or Node that somebody works on. */
export interface Work {
  readonly instanceId: string;
  /** Empty when it has no Node. */
  readonly nodeName: string;
  /** Empty when it is in no group. */
  readonly groupName: string;
  readonly zone: string;
  /** `node-repair`, `node-retire`, … */
  readonly workflow: string;
  /** The execution's name. */
  readonly execution: string;
  /** What for, in words. */
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  /** Whether it is a place in the disruption budget that nobody gave back, of an execution that has ended: it counts, and nobody is at work. */
  readonly isOver?: boolean;
  /** Whether that one has succeeded: what it has left on the node, it has left on purpose. */
  readonly succeeded?: boolean;
}

export interface EndedExecution {
  readonly execution: string;
  /** `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`. */
  readonly status: string;
  /** What its output says, in words: `mended by reboot`; empty when it says nothing. */
  readonly outcome: string;
  /** ISO 8601. */
  readonly at: string;
}
