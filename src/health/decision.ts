import type { Work } from './ledger.ts';
import type { Rung } from './policy.ts';

/** What is done about a finding, or the one reason why nothing is. There is exactly one for each finding, in the order of the findings. */
export type Decision = Repair | DeleteNode | ReplaceMember | Page | Refusal;

/** Start node-repair. */
export interface Repair extends Decided {
  readonly action: 'repair';
  readonly instanceId: string;
  readonly nodeName: string;
  readonly signal: string;
  /** When the episode began. */
  readonly since: string;
  readonly ladder: readonly Rung[];
  /** Whether a replacement has to be in service before the node goes: else its group would have less than its minimum of Ready nodes. */
  readonly launchFirst: boolean;
  /** The name of the execution: of the instance and the episode, so that it cannot run twice. */
  readonly execution: string;
}

/** Start node-retire for a Node whose instance EC2 has said twice is gone. */
export interface DeleteNode extends Decided {
  readonly action: 'delete-node';
  readonly nodeName: string;
  /** Empty when the Node never named one. */
  readonly instanceId: string;
  readonly execution: string;
}

/** Start etcd-member-replace. */
export interface ReplaceMember extends Decided {
  readonly action: 'replace-member';
  readonly memberId: string;
  readonly instanceId: string;
  readonly execution: string;
}

/** Tell a person; once of each signal, until that has gone away. */
export interface Page extends Decided {
  readonly action: 'page';
  readonly signal: string;
  /** Of the finding, the signal and when that was first seen: the same for the same, so that nobody is told twice. */
  readonly key: string;
}

/** Nothing is done now. */
export interface Refusal extends Decided {
  readonly action: 'none';
  readonly because: Reason;
  /** When it is looked at anew at the latest, where that is known. ISO 8601. */
  readonly until?: string;
}

interface Decided {
  /** The finding's id. */
  readonly finding: string;
  /** For people: what is done and why, or what it waits for. */
  readonly words: string;
}

/** Why nothing is done; docs/health.md has a row for each. */
export type Reason =
  | 'andon'
  | 'api-server-away'
  | 'api-server-back'
  | 'auto-scaling'
  | 'bad-image'
  | 'breaker'
  | 'capacity'
  | 'control-plane-busy'
  | 'ended'
  | 'ignored'
  | 'joining'
  | 'leaving'
  | 'not-ours'
  | 'paused'
  | 'policy'
  | 'quorum'
  | 'shown'
  | 'stale'
  | 'told'
  | 'unconfirmed'
  | 'under-way'
  | 'unknown'
  | 'waits'
  | 'zone';

/** A breaker as people see it, open or closed. */
export interface BreakerState {
  /** `group workers-a`, `zone us-east-1b`, `cluster`, `image lt-1:7`. */
  readonly name: string;
  readonly open: boolean;
  /** Over its limit at this moment; an open one that is not cools down. */
  readonly over: boolean;
  /** Sick or disrupted; for an image, joins that failed. */
  readonly unhealthy: number;
  readonly size: number;
  /** More than so many open it. */
  readonly limit: number;
  /** ISO 8601; null: closed. */
  readonly openSince: string | null;
  /** When it was last over its limit by what is sick of itself; null: closed but for a zonal shift, or the disrupted are so many. ISO 8601. */
  readonly stormAt: string | null;
  /** Of a zone, what leads traffic away from it, in words: then it is open, however its nodes are. null: nothing. */
  readonly shift: string | null;
  /** When it closes if it is not over its limit again; null: closed, or still over. */
  readonly closesAt: string | null;
  /** `5 of 12 unhealthy in group workers-a`. */
  readonly words: string;
}

/** How a repair that is under way stands with what would keep it from beginning now: it reads this before each rung. */
export interface Standing {
  /** Empty: nothing speaks against its next rung. */
  readonly holds: readonly Hold[];
  /** Whether a replacement has to be in service before the node goes: as things are now, and not as they were when it began. */
  readonly launchFirst: boolean;
  /** Every sign that its node shows; null: not all of what could show one was seen. What was only told of is over when it is not among them. */
  readonly signals: readonly string[] | null;
}

/** A reason not to go on. */
export interface Hold {
  readonly because: Reason;
  readonly words: string;
  /** Whether it speaks against every rung, or only against a replacement. */
  readonly of: 'any' | 'replace';
}

/** By the id of the instance. */
export type Standings = Readonly<Record<string, Standing>>;

/** All that one pass decides. */
export interface Verdict {
  readonly decisions: readonly Decision[];
  readonly breakers: readonly BreakerState[];
  /** What earlier passes have started and has not ended. */
  readonly running: readonly Work[];
  /** How each repair that is under way stands. */
  readonly standings: Standings;
}
