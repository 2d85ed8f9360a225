import type { PodRestart, PodSight, UpdatingMember } from './sight.ts';
import { minutesSince, type Turn } from './turn.ts';
import type { Bake } from './update-record.ts';

/** What is worse for less long may be a pod that has just come; what restarts again after it is no slow start. */
const WORSE_FOR_MINUTES = 5;

/** How the pods of the cluster are after a bake, against before there was a canary. */
export interface Compared {
  /** What is worse, in words; empty: nothing. */
  readonly why: string;
  /** Whether it is for so long, or so often, that it is no coincidence. */
  readonly isFault: boolean;
  /** With what the next look compares. */
  readonly bake: Bake;
}

/**
 * Compares the pods of the cluster with what was counted before there was a canary. Too many that are not ready are its fault after five minutes of that. A restart is its fault when the
 * same pod restarts again five minutes later or more, on a node of the new image, and its workload neither restarted before nor restarts on any other node now: those are what it is
 * compared with. Pure.
 */
export function comparePods(turn: Turn, bake: Bake, pods: PodSight): Compared {
  const { rules, now } = turn;
  const more = bake.podsNotReady === null ? 0 : pods.notReady - bake.podsNotReady;
  const notReadySince = more > rules.podsNotReady ? bake.notReadySince || now.toISOString() : '';
  const fresh = freshRestarts(turn, bake, pods);
  const restarts = Object.fromEntries(fresh.map(({ pod, at }) => [pod, bake.restarts[pod] ?? at]));
  const next = { ...bake, notReadySince, restarts };
  if (notReadySince !== '') {
    const isFault = minutesSince(notReadySince, now) >= WORSE_FOR_MINUTES;
    return { why: `${more} pods more than before are not ready`, isFault, bake: next };
  }
  if (fresh.length <= rules.podsRestarted) return { why: '', isFault: false, bake: next };
  const again = fresh.filter(({ pod, at }) => minutesSince(restarts[pod] ?? at, new Date(at)) >= WORSE_FOR_MINUTES);
  const isFault = again.length > rules.podsRestarted;
  const shown = isFault ? again : fresh;
  const verb = isFault ? 'restart again and again' : 'have restarted';
  return {
    why: `${shown.length} pods of workloads that ran well before ${verb}: ${named(shown)}`,
    isFault,
    bake: next,
  };
}

/** On nodes of the new image, of workloads that restart nowhere else. */
function freshRestarts({ record, sight, group, rules }: Turn, bake: Bake, pods: PodSight): readonly PodRestart[] {
  if (bake.restarting === null || sight.nodes === 'unknown') return [];
  const updated = new Set(group.members.filter((one) => isOfTarget(record, one)).map(({ instanceId }) => instanceId));
  const names = new Set(sight.nodes.filter(({ instanceId }) => updated.has(instanceId)).map(({ name }) => name));
  const elsewhere = pods.restarted.filter(({ nodeName }) => !names.has(nodeName)).map(({ workload }) => workload);
  const known = new Set([...bake.restarting, ...elsewhere]);
  // What came up at its second attempt before the bake is not counted.
  const began = Date.parse(bake.until) - rules.bakeMinutes * 60_000;
  return pods.restarted.filter(
    ({ nodeName, workload, at }) => names.has(nodeName) && !known.has(workload) && Date.parse(at) >= began,
  );
}

function isOfTarget(
  { way, target, moved }: Turn['record'],
  { instanceId, version, launchTemplateId }: UpdatingMember,
): boolean {
  if (way === 'in-place') return moved.some((one) => one.instanceId === instanceId);
  return version === target.version && launchTemplateId === target.launchTemplateId;
}

function named(restarts: readonly PodRestart[]): string {
  const shown = restarts.slice(0, 3).map(({ pod, nodeName }) => `${pod} on ${nodeName}`);
  return `${shown.join(', ')}${restarts.length > shown.length ? ', …' : ''}`;
}
