import type { PersonPage } from '../schema/person-page.ts';
import type { Image, UpdateWindow, WatchPolicy } from './ports.ts';

/**
 * What a group is found to be. `available`: there is an image that it does not launch. `behind`: nodes run another image than it launches, or want to be
 * rebooted. `old`: nodes are older than they may be. `follows`: what it launches is not pinned to a number. `current`: none of these. `bad`: the newest image was
 * rolled back. `aside`: somebody else updates it. `unseen`: nobody can say. `off`: nobody looks.
 */
export type Verdict = 'available' | 'behind' | 'old' | 'follows' | 'current' | 'bad' | 'aside' | 'unseen' | 'off';

/** What was found about one group. */
export interface GroupReport {
  readonly groupName: string;
  readonly role: string;
  readonly policy: WatchPolicy['policy'];
  /** `managed`: EKS rolls the group itself. */
  readonly way: WatchPolicy['way'] | 'managed';
  /** What says which image is the newest, in words; empty: nothing. */
  readonly source: string;
  readonly verdict: Verdict;
  /** For people. */
  readonly why: string;
  /** What the group launches now; null where nobody can say. */
  readonly launches: { readonly templateId: string; readonly version: string; readonly imageId: string } | null;
  /** `$Latest`, `$Default`, `resolve:ssm:…`; empty: a number, and an image by its id. */
  readonly follows: string;
  readonly newest: Image | null;
  /** Of the launch template, or a release of EKS, which an update leads to; empty: to none. */
  readonly version: string;
  /** What it was made from; empty: it was not made. */
  readonly madeFrom: string;
  /** How the two differ, in words. */
  readonly diff: readonly string[];
  readonly nodes: number;
  /** How many an update would touch. */
  readonly outdated: number;
  /** In place: instances whose node wants a reboot. */
  readonly wanting: readonly string[];
  /** Which boot of theirs that is, by instance. */
  readonly boots: Readonly<Record<string, string>>;
  /** In place: commands that ask a machine and are not answered yet, by instance. */
  readonly asked: Readonly<Record<string, string>>;
  readonly window: UpdateWindow;
  readonly paused: string | null;
  /** Older ones are `old`, in days; 0: none is. */
  readonly maxNodeAgeDays: number;
  /** What a person was told of last; empty: of nothing. */
  readonly told: string;
  /** The last update that was begun by policy; null: none was. */
  readonly begun: { readonly version: string; readonly at: string } | null;
  /** When an update of it was last told to go on, ISO 8601; empty: none was. */
  readonly resumed: string;
}

/** Something that a person is to be told, and was not yet. */
export interface Unsent extends PersonPage {
  readonly groupName: string;
}

/** What the last pass over a cluster found and did. */
export interface WatchDocument {
  readonly cluster: string;
  /** ISO 8601. */
  readonly at: string;
  readonly groups: readonly GroupReport[];
  /** Executions that it started, with the reason. */
  readonly started: readonly { readonly name: string; readonly why: string }[];
  readonly unsent: readonly Unsent[];
  readonly problems: readonly string[];
}

/** Whether an update of the group would do something. */
export function needsUpdate({ verdict }: GroupReport): boolean {
  return verdict === 'available' || verdict === 'behind' || verdict === 'old' || verdict === 'follows';
}
