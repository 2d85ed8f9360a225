import { decide } from '../../../src/health/decide.ts';
import type { Decision, Verdict } from '../../../src/health/decision.ts';
import { diagnose } from '../../../src/health/diagnose.ts';
import type { Diagnosis } from '../../../src/health/finding.ts';
import type { Ledger } from '../../../src/health/ledger.ts';
import { emptyMemory, type Memory } from '../../../src/health/memory.ts';
import type { Observations } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { remember } from '../../../src/health/remember.ts';
import { aPolicy, stored } from './observed.ts';

/** Nobody works on anything. */
export const idle: Ledger = { work: { value: [] }, ended: [] };

/** What a pass found, decided and left. */
export interface Pass {
  readonly diagnosis: Diagnosis;
  readonly verdict: Verdict;
  readonly memory: Memory;
}

/** What passes are made with. */
export interface Watch {
  readonly policy?: HealthPolicy;
  /** By the minute. */
  readonly ledger?: (at: number) => Ledger;
  readonly memory?: Memory;
  /** The first minute; 0. */
  readonly from?: number;
}

/** One pass; `now` is the minute that it looked unless said otherwise. */
export function pass(
  seen: Observations,
  {
    policy = aPolicy(),
    ledger = idle,
    now = new Date(seen.at),
  }: { policy?: HealthPolicy; ledger?: Ledger; now?: Date } = {},
): Pass {
  const diagnosis = diagnose(seen, policy, now, ledger);
  const verdict = decide(diagnosis, ledger, policy, now);
  return { diagnosis, verdict, memory: stored(remember(diagnosis, verdict, policy, now)) };
}

/** A pass each minute up to this one, each with the memory of the one before; the last is the answer. */
export function watch(until: number, seen: (at: number) => Observations, options: Watch = {}): Pass {
  const { policy = aPolicy(), ledger = () => idle, memory = emptyMemory, from = 0 } = options;
  let last = pass({ ...seen(from), memory }, { policy, ledger: ledger(from) });
  for (let at = from + 1; at <= until; at += 1) {
    last = pass({ ...seen(at), memory: last.memory }, { policy, ledger: ledger(at) });
  }
  return last;
}

/** What was decided about a finding, as one line: `repair: restart, reboot`, `waits: …`; `well` when there is none. */
export function said({ verdict }: Pass, finding: string): string {
  const decision = verdict.decisions.find((one) => one.finding === finding);
  return decision === undefined ? 'well' : inWords(decision);
}

/** A decision as one line. */
export function inWords(decision: Decision): string {
  if (decision.action === 'none') return `${decision.because}: ${decision.words}`;
  if (decision.action !== 'repair') return `${decision.action}: ${decision.words}`;
  return `repair: ${decision.ladder.join(', ')}${decision.launchFirst ? ' (launches first)' : ''}`;
}

/** Actions of a pass, by the finding. */
export function actions({ verdict }: Pass): readonly string[] {
  return verdict.decisions
    .filter(({ action }) => action !== 'none')
    .map(({ finding, action }) => `${action} ${finding}`);
}
