import type { Finding, Quiet, Symptom } from './finding.ts';
import type { SubjectMemory } from './memory.ts';
import type { Observations } from './observations.ts';
import type { Disturbed } from './our-doing.ts';
import type { HealthPolicy, Rule } from './policy.ts';
import { earlier, minutesAfter } from './time.ts';

/** All that symptoms are read from. */
export interface Sight {
  readonly observations: Observations;
  readonly policy: HealthPolicy;
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly quiet: Quiet;
  readonly disturbed: Disturbed;
  /** Whether some Node is of an instance that nobody can tell. */
  readonly unplaced: boolean;
  readonly now: Date;
}

/** A sign of something, before it is known what is to be done about it. */
export interface Sign {
  readonly signal: string;
  /** Since when, as whoever says it says; null: nobody does. */
  readonly since: string | null;
  /** Whether AWS says since when, whose clock is ours. What a node or the cluster says counts from when it was first seen. */
  readonly believed?: boolean;
  readonly silence?: boolean;
  readonly words: string;
}

/** The same trouble by another name: a node that says it is not ready and then says nothing has not become well in between. */
export const sisters: Readonly<Record<string, string>> = { NotReady: 'Unknown', Unknown: 'NotReady' };

/**
 * The symptom that a sign is by its rule; none where no rule is about it.
 *
 * @param rule where it is not the only rule of its signal.
 */
export function symptomOf(id: string, sign: Sign, sight: Sight, rule = sight.rules.get(sign.signal)?.[0]): Symptom[] {
  if (rule === undefined) return [];
  const { at, memory } = sight.observations;
  const known = memory.subjects[id];
  const since = sign.since ?? known?.signals[sign.signal]?.since ?? at;
  const isBelieved = sign.believed === true && !Number.isNaN(Date.parse(since));
  const seenAt = isBelieved ? since : firstSeen(known, sign.signal, since, at);
  return [
    {
      signal: sign.signal,
      since,
      seenAt,
      dueAt: minutesAfter(seenAt, rule.afterMinutes),
      ladder: rule.ladder,
      silence: sign.silence ?? false,
      words: sign.words,
    },
  ];
}

/** A finding without symptoms is none. */
export function findingOf(
  about: Omit<Finding, 'symptoms' | 'since'>,
  symptoms: readonly Symptom[],
  sight: Sight,
): Finding[] {
  const [first, ...others] = symptoms.toSorted((a, b) => inOrder(a, b, sight));
  if (first === undefined) return [];
  const { at, memory } = sight.observations;
  // By our clock: two episodes that began at the same moment by a node's would have one repair.
  const began = symptoms.filter(isActionable).reduce((time, { seenAt }) => earlier(time, seenAt), at);
  const since = first.ladder.length === 0 ? first.since : (memory.subjects[about.id]?.since ?? began);
  return [{ ...about, symptoms: [first, ...others], since }];
}

/** Whether anything is to be done about it, sooner or later. */
export function isActionable({ ladder }: Symptom): boolean {
  return ladder.length > 0;
}

const height = ({ ladder: [first] }: Symptom) => ['page', 'restart', 'reboot', 'replace'].indexOf(first ?? 'page');

// What can be acted upon, what is due, what is no mere silence of a quiet time, what begins highest on its ladder, what is due first.
function inOrder(a: Symptom, b: Symptom, { quiet, now }: Sight): number {
  const due = ({ dueAt }: Symptom) => Date.parse(dueAt) <= now.getTime();
  const excused = ({ silence }: Symptom) => silence && quiet.state !== 'well';
  return (
    Number(isActionable(b)) - Number(isActionable(a)) ||
    Number(due(b)) - Number(due(a)) ||
    Number(excused(a)) - Number(excused(b)) ||
    (due(a) ? height(b) - height(a) : 0) ||
    Date.parse(a.dueAt) - Date.parse(b.dueAt) ||
    (a.signal < b.signal ? -1 : 1)
  );
}

function firstSeen(known: SubjectMemory | undefined, signal: string, since: string, at: string): string {
  const own = known?.signals[signal];
  if (own !== undefined) return own.since === since ? own.seenAt : at;
  return known?.signals[sisters[signal] ?? '']?.seenAt ?? at;
}
