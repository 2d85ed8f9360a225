import type { BreakerState, Decision, Reason, Refusal } from './decision.ts';
import type { Diagnosis, Finding } from './finding.ts';
import type { Ledger, Work } from './ledger.ts';
import type { HealthPolicy } from './policy.ts';
import type { Subject } from './roster.ts';

/** All that a decision is made in. */
export interface Circumstances {
  readonly diagnosis: Diagnosis;
  readonly ledger: Ledger;
  /** What of the ledger was seen, and what was just started. */
  readonly work: readonly Work[];
  readonly policy: HealthPolicy;
  readonly now: Date;
  readonly subjects: ReadonlyMap<string, Subject>;
  readonly breakers: ReadonlyMap<string, BreakerState>;
  /** Of the findings before this one. */
  readonly soFar: readonly Decision[];
}

/** A reason not to act on a finding, if it has it. Of several the first one counts, so they stand in the order of what a person has to know first. */
export type Gate = (finding: Finding, circumstances: Circumstances) => Refusal | undefined;

/** Nothing is done about the finding. */
export function refuse({ id }: Finding, because: Reason, words: string, until?: string): Refusal {
  return { finding: id, action: 'none', because, words, ...(until === undefined ? {} : { until }) };
}

/** The first reason that holds. */
export function firstRefusal(
  gates: readonly Gate[],
  finding: Finding,
  circumstances: Circumstances,
): Refusal | undefined {
  for (const gate of gates) {
    const refusal = gate(finding, circumstances);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
