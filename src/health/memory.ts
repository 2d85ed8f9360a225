import type { KnownMatter } from '../schema/standing-matters.ts';
import type { Work } from './ledger.ts';

/**
 * What one pass leaves to the next: plain, as JSON has it. It makes nothing happen that would not without it, but may delay; so losing it costs time
 * and no node. All times are ISO 8601 by our own clock unless said otherwise, so that no node's clock has a say.
 */
export interface Memory {
  /** When the last pass looked; null: there was none. */
  readonly at: string | null;
  readonly apiServer: ApiServerMemory;
  /** Findings by their id: what is sick, since when we know, and what was done about it. */
  readonly subjects: Readonly<Record<string, SubjectMemory>>;
  /** Nodes by uid that there is anything to remember of. */
  readonly nodes: Readonly<Record<string, NodeMemory>>;
  /** Findings by their id: what repairs have mended within the time that flapping is counted in, oldest first. */
  readonly mended: Readonly<Record<string, readonly MendedMemory[]>>;
  /** Instances of Nodes that EC2 says are gone, and in how many passes in a row it has said so. */
  readonly gone: Readonly<Record<string, GoneMemory>>;
  /** Members that have no Node, or one that still joins, and since when we see that. */
  readonly nodeless: Readonly<Record<string, string>>;
  /** The instance that each member of etcd was last seen on. */
  readonly members: Readonly<Record<string, string>>;
  /** What passes have started, until it has ended: with its place, which nobody knows when its instance is gone. */
  readonly begun: readonly Work[];
  /** Members that wait at a hook that nobody keeps alive, by instance, and since when passes see that. */
  readonly unattended: Readonly<Record<string, { readonly lifecycleState: string; readonly since: string }>>;
  /** Breakers that are open, by their name: `group workers-a`, `zone us-east-1b`, `cluster`, `image lt-1:7`. */
  readonly breakers: Readonly<Record<string, BreakerMemory>>;
  /** What stands and people are told of, or will be when it lasts: breakers, hooks that nobody sees to, snapshots that do not come. */
  readonly matters: readonly KnownMatter[];
  /** When was last looked how old the newest snapshot is; null: never. */
  readonly snapshotsSeenAt: string | null;
}

export interface ApiServerMemory {
  /** Since when it does not answer, or says that it is not ready; null: it is well. */
  readonly awaySince: string | null;
  /** The last time that it was away and came back; null: never that we know. */
  readonly lastOutage: { readonly from: string; readonly to: string } | null;
}

export interface SubjectMemory {
  /** When this episode began, as the finding says: the name of its repair comes from it. null: there is only what is shown. */
  readonly since: string | null;
  /** Each of its signals, and when it was first seen. */
  readonly signals: Readonly<Record<string, SignalMemory>>;
  /** The execution that was started for this episode; null: none yet. */
  readonly execution: string | null;
  /** When it was started; null: not. */
  readonly startedAt: string | null;
  /** The signal that it was started for. Absent: nobody remembers. */
  readonly startedFor?: string | undefined;
  /** Signals of this episode that a person was told of and that have not gone away since, and when: a worse one is told as well. */
  readonly paged: Readonly<Record<string, string>>;
}

/** A repair that ended well. */
export interface MendedMemory {
  /** The signal that it was started for. */
  readonly signal: string;
  /** The rung that mended it. */
  readonly rung: 'restart' | 'reboot';
  readonly at: string;
}

export interface GoneMemory {
  readonly passes: number;
  readonly firstAt: string;
  /** EC2 has called it terminated, as it does for about an hour: it was of this account and region, and comes back no more, also when EC2 has forgotten it. */
  readonly terminated?: boolean | undefined;
}

export interface SignalMemory {
  /** What the cluster said of its beginning when it was last seen: another one means that it was well in between. */
  readonly since: string;
  readonly seenAt: string;
}

export interface NodeMemory {
  /** Each change of Ready that was first seen within the time that flapping is counted in, oldest first. */
  readonly transitions: readonly Transition[];
  /** When an execution of ours was last seen at work on it. Absent: not lately. */
  readonly disturbedAt?: string | undefined;
  /** Conditions that are sick, by type. */
  readonly conditions: Readonly<Record<string, ConditionMemory>>;
  /** A lease that looks old: when it was last renewed by the node's clock, and since when we see no later one. null: it looks fresh. */
  readonly lease: { readonly renewedAt: string; readonly seenAt: string } | null;
  /** The boot in which Events of it were last looked at. Absent: no rule names one. */
  readonly bootId?: string | undefined;
}

export interface Transition {
  /** As the condition says it, by whatever clock: it only tells one change from another. */
  readonly at: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly seenAt: string;
  /** Whether it does not count: it was first seen when the API server had just been away, or by what an execution of ours did. */
  readonly excused: boolean;
}

export interface ConditionMemory {
  readonly since: string;
  /** The boot that it was first seen in. */
  readonly bootId: string;
  /** The boot that the node was seen in next, and the condition's heartbeat when it was first seen there, by the node's clock. null: it is the same. */
  readonly rebooted: { readonly bootId: string; readonly heardAt: string } | null;
}

export interface BreakerMemory {
  readonly openSince: string;
  /** When so many were last sick at once that it was over its limit: it closes a cool-down later. null: never, the disrupted are so many. */
  readonly stormAt: string | null;
}

/** Of a cluster that was never looked at. */
export const emptyMemory: Memory = {
  at: null,
  apiServer: { awaySince: null, lastOutage: null },
  subjects: {},
  nodes: {},
  mended: {},
  gone: {},
  nodeless: {},
  members: {},
  begun: [],
  unattended: {},
  breakers: {},
  matters: [],
  snapshotsSeenAt: null,
};
