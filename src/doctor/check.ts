import type { Complaint, Finding, Subject } from './finding.ts';
import type { ClusterFacts, Looked } from './ports.ts';

/** One thing that can be wrong with a cluster. */
export interface Check {
  /** `hook-heartbeat-short`; programs know it by this, so it never changes. */
  readonly id: string;
  readonly subject: Subject;
  readonly severity: 'fault' | 'warning';
  /** What is asked, for docs/doctor.md. */
  readonly asks: string;
  examine(facts: ClusterFacts): readonly Finding[];
}

/** A check that reads something that may not have been seen: then it is unknown, and never good. `of` gives undefined where it has nothing to ask. */
export function check<T>(
  definition: Pick<Check, 'id' | 'subject' | 'severity' | 'asks'> & {
    readonly of: (facts: ClusterFacts) => Looked<T> | undefined;
    readonly find: (seen: T, facts: ClusterFacts) => readonly Complaint[];
  },
): Check {
  const { id, subject, severity, asks, of, find } = definition;
  return {
    id,
    subject,
    severity,
    asks,
    examine(facts) {
      const looked = of(facts);
      if (looked === undefined) return [];
      if ('unseen' in looked)
        return [{ id, subject, severity: 'unknown', about: facts.entry.name, message: looked.unseen }];
      return find(looked.seen, facts).map((complaint) => ({ id, subject, severity, ...complaint }));
    },
  };
}

/** Two things that were looked at, as one: unseen where one of them is. */
export function both<A, B>(first: Looked<A>, second: Looked<B>): Looked<readonly [A, B]> {
  if ('unseen' in first) return first;
  if ('unseen' in second) return second;
  return { seen: [first.seen, second.seen] };
}
