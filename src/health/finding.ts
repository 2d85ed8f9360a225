import type { Memory } from './memory.ts';
import type { Observations } from './observations.ts';
import type { Disturbed } from './our-doing.ts';
import type { Role, Rung } from './policy.ts';

/** What was found, and in what. */
export interface Diagnosis {
  readonly observations: Observations;
  readonly quiet: Quiet;
  readonly disturbed: Disturbed;
  /** What repairs have mended lately. */
  readonly mended: Memory['mended'];
  /** Ordered by id. */
  readonly findings: readonly Finding[];
}

/** Whether the API server is there to be told by nodes that they are well. */
export type Quiet =
  | { readonly state: 'well' }
  /** It does not answer, or says that it is not ready. */
  | { readonly state: 'away'; readonly since: string; readonly words: string }
  /** It is back, but not long enough for everybody to have said so. */
  | { readonly state: 'back'; readonly until: string; readonly words: string };

/** Something that is not as it should be, with every sign of it. There is one for each thing that is sick, however many signs it has. */
export interface Finding {
  /** The instance's id, `node/<name>` for a Node without one, else `api-server`, `etcd`, `etcd-member/<id>`, `daemon-set/<name>`, `core-dns`, `targets/<name>`, `image/<launch template>`, `part/<of the observations>`, `part/ledger`, `part/claims`. */
  readonly id: string;
  readonly kind: FindingKind;
  /** Empty where there is no instance. */
  readonly instanceId: string;
  /** Empty where there is no Node. */
  readonly nodeName: string;
  /** Empty when it is in no group. */
  readonly groupName: string;
  readonly zone: string;
  readonly role: Role;
  /** Every sign of it; the first is the one that it goes by: whose time is up and whose ladder begins highest, else whose time is up first. */
  readonly symptoms: readonly [Symptom, ...Symptom[]];
  /** When this episode began, by our clock: the same in each pass until it is well. ISO 8601. */
  readonly since: string;
}

/**
 * `node`: a Node, with its instance. `instance`: one that has no Node (yet). `node-without-instance`: what is left of one.
 * Everything else is the cluster's, and is told to people.
 */
export type FindingKind =
  | 'node'
  | 'instance'
  | 'node-without-instance'
  | 'etcd-member'
  | 'etcd'
  | 'api-server'
  | 'daemon-set'
  | 'core-dns'
  | 'targets'
  | 'image'
  | 'part';

export interface Symptom {
  /** `NotReady`, `SystemStatus`, `KernelDeadlock`, `Alarm:cpu`, … */
  readonly signal: string;
  /** Since when, as whoever says it says; ISO 8601. */
  readonly since: string;
  /** Since when we know, by our clock: its time counts from here, so that no node's clock makes it sick. ISO 8601. */
  readonly seenAt: string;
  /** When its time is up; ISO 8601. */
  readonly dueAt: string;
  /** Empty: it is only shown. */
  readonly ladder: readonly Rung[];
  /** Whether it hangs on who reaches the API server, and says nothing when that was just away. */
  readonly silence: boolean;
  /** What was seen, in words. */
  readonly words: string;
}
