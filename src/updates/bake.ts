import type { Decision } from './decision.ts';
import { holdOf } from './holds.ts';
import type { PodSight, UpdatingMember } from './sight.ts';
import { again, minutesSince, stops, type Turn, trip, waits } from './turn.ts';
import type { Bake } from './update-record.ts';
import { isHopeless, isToBlame, isValid, unvalidated } from './validate.ts';

const BETWEEN_LOOKS = 60;
/** What is worse for less long may be a pod that has just come. */
const WORSE_FOR_MINUTES = 5;
/** So many workloads are remembered; where more restart, the cluster is not well, and nothing begins. */
const REMEMBERED = 200;

/** The canary is in service: from now on it is watched. */
export function beginsBake({ record, sight, rules, now }: Turn): Decision {
  const until = new Date(now.getTime() + rules.bakeMinutes * 60_000).toISOString();
  const before = record.bake ?? countedBefore(sight.pods);
  const bake = { until, podsNotReady: before.podsNotReady, restarting: before.restarting };
  return again({ ...record, phase: 'bake', bake, validation: unvalidated }, `the canary bakes until ${until}`, 15);
}

/**
 * While the canary bakes nothing is touched. It has baked when its time is up and everything is well, twice in a row; what is not well for five minutes is its fault.
 */
export function bakes(turn: Turn): Decision {
  const { record, now } = turn;
  if (!record.bake) return beginsBake(turn);
  const { validation, bake } = record;
  if (isToBlame(validation, now)) return trip(turn, `the canary is not well: ${validation.problems.join('; ')}`);
  const hold = holdOf(turn);
  if (hold) return waits(record, hold.waitsFor, hold.why);
  if (minutesSince(bake.until, now) < 0) {
    const trouble = validation.problems.length > 0 ? `; ${validation.problems.join('; ')}` : '';
    return again(record, `the canary bakes until ${bake.until}${trouble}`, BETWEEN_LOOKS);
  }
  const worse = whyWorse(turn, bake);
  if (worse !== undefined && minutesSince(bake.until, now) >= WORSE_FOR_MINUTES)
    return trip(turn, `after the bake ${worse}`);
  if (worse !== undefined) return again(record, worse, BETWEEN_LOOKS);
  if (isHopeless(validation, now)) return stops(record, `the cluster is not well: ${validation.problems.join('; ')}`);
  if (!isValid(validation))
    return again(record, `the canary has baked; waits until all is well: ${validation.problems.join('; ')}`, 15);
  return again(
    { ...record, phase: 'waves', bake: null, validation: unvalidated },
    'the canary has baked, and all is well',
    5,
  );
}

/** What is counted before there is a canary, to be compared with afterwards. */
export function countedBefore(pods: PodSight | null): Pick<Bake, 'podsNotReady' | 'restarting'> {
  const workloads = pods && [...new Set(pods.restarted.map(({ workload }) => workload))];
  return { podsNotReady: pods?.notReady ?? null, restarting: workloads?.slice(0, REMEMBERED) ?? null };
}

/** What is worse than it was before the canary: pods that are not ready anywhere, or that restart on nodes of the new image and did not before. */
function whyWorse(
  { record, sight, group, rules }: Turn,
  { until, podsNotReady, restarting }: Bake,
): string | undefined {
  const { pods, nodes } = sight;
  if (pods === null) return undefined;
  const more = podsNotReady === null ? 0 : pods.notReady - podsNotReady;
  if (more > rules.podsNotReady) return `${more} pods more than before are not ready`;
  if (restarting === null || nodes === 'unknown') return undefined;
  const updated = new Set(group.members.filter((one) => isOfTarget(record, one)).map(({ instanceId }) => instanceId));
  const names = new Set(nodes.filter(({ instanceId }) => updated.has(instanceId)).map(({ name }) => name));
  // What came up at its second attempt before the bake is not counted.
  const began = Date.parse(until) - rules.bakeMinutes * 60_000;
  const fresh = pods.restarted.filter(
    ({ nodeName, workload, at }) => names.has(nodeName) && !restarting.includes(workload) && Date.parse(at) >= began,
  );
  if (fresh.length <= rules.podsRestarted) return undefined;
  const shown = fresh.slice(0, 3).map(({ pod, nodeName }) => `${pod} on ${nodeName}`);
  return `${fresh.length} pods restart that did not before: ${shown.join(', ')}${fresh.length > shown.length ? ', …' : ''}`;
}

function isOfTarget(
  { way, target, moved }: Turn['record'],
  { instanceId, version, launchTemplateId }: UpdatingMember,
): boolean {
  if (way === 'in-place') return moved.some((one) => one.instanceId === instanceId);
  return version === target.version && launchTemplateId === target.launchTemplateId;
}
