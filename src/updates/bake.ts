import { comparePods } from './compare-pods.ts';
import { countedBefore, nothingWorse, whyUncounted } from './counted-pods.ts';
import type { Decision } from './decision.ts';
import { holdOf } from './holds.ts';
import { again, minutesSince, stops, type Turn, trip, waits } from './turn.ts';
import type { Bake } from './update-record.ts';
import { isHopeless, isToBlame, isValid, unvalidated } from './validate.ts';

const BETWEEN_LOOKS = 60;

/** The canary is in service: from now on it is watched. Its pods are compared with what was counted before there was one, or now where it was there already. */
export function beginsBake({ record, sight, rules, now }: Turn): Decision {
  const uncounted = record.bake === null ? whyUncounted(sight.pods) : undefined;
  if (uncounted !== undefined)
    return isHopeless(record.validation, now)
      ? stops(record, `the canary cannot be compared with before: ${uncounted}`)
      : again(record, `waits before the bake: ${uncounted}`, BETWEEN_LOOKS);
  const until = new Date(now.getTime() + rules.bakeMinutes * 60_000).toISOString();
  const before = record.bake ?? countedBefore(sight.pods, now);
  const bake: Bake = { ...before, until, ...nothingWorse };
  const why = `the canary bakes until ${until}${notCompared(bake)}`;
  return again({ ...record, phase: 'bake', bake, validation: unvalidated }, why, 15);
}

/**
 * While the canary bakes nothing is touched. It has baked when its time is up and everything is well, twice in a row; what is not well for five minutes is its fault. Where pods cannot be
 * counted afterwards, or the same workloads restart elsewhere, too, nobody can say, and after half an hour of that a person has to.
 */
export function bakes(turn: Turn): Decision {
  const { record, sight, now } = turn;
  if (!record.bake) return beginsBake(turn);
  const { validation, bake } = record;
  const unsaid = notCompared(bake);
  if (isToBlame(validation, now)) return trip(turn, `the canary is not well: ${validation.problems.join('; ')}`);
  const hold = holdOf(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (minutesSince(bake.until, now) < 0) {
    const trouble = validation.problems.length > 0 ? `; ${validation.problems.join('; ')}` : '';
    return again(record, `the canary bakes until ${bake.until}${trouble}${unsaid}`, BETWEEN_LOOKS);
  }
  const compared = sight.pods && comparePods(turn, bake, sight.pods);
  const seen = compared ? { ...record, bake: compared.bake } : record;
  if (compared?.verdict === 'fault') return trip({ ...turn, record: seen }, `after the bake ${compared.why}`);
  if (compared?.verdict === 'undecided')
    return stops(seen, `nobody can say whether the canary is to blame: ${compared.why}`);
  if (isHopeless(validation, now)) return stops(seen, `the cluster is not well: ${validation.problems.join('; ')}`);
  if (compared && compared.why !== '') return again(seen, compared.why, BETWEEN_LOOKS);
  if (!compared || !isValid(validation))
    return again(
      seen,
      `the canary has baked; waits until all is well: ${validation.problems.join('; ')}`,
      compared ? 15 : BETWEEN_LOOKS,
    );
  return again(
    { ...seen, phase: 'waves', bake: null, validation: unvalidated },
    `the canary has baked, and all is well${unsaid}`,
    5,
  );
}

/** For whoever reads how it goes: that a part of the proof is missing. */
function notCompared({ podsNotReady, restarting }: Bake): string {
  if (podsNotReady === null) return '; pods were not counted before there was a canary, and say nothing of it';
  return restarting === null ? '; restarts were not counted before there was a canary, and say nothing of it' : '';
}
