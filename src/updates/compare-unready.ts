import { type Compared, UNDECIDED_FOR_MINUTES, WORSE_FOR_MINUTES } from './compared.ts';
import { nodesOfTarget } from './nodes-of-target.ts';
import type { PodSight, SeenPod } from './sight.ts';
import { minutesSince, type Turn } from './turn.ts';
import type { Bake } from './update-record.ts';

/**
 * Compares the pods that are not ready with how many there were before there was a canary. Too many are its fault after five minutes of that, as far as they are on nodes of the new image and of
 * workloads that are ready elsewhere; of others nobody can say. undefined: there are not too many. Pure.
 */
export function compareUnready(turn: Turn, bake: Bake, { unready }: PodSight): Omit<Compared, 'bake'> | undefined {
  const { rules, now } = turn;
  const more = bake.podsNotReady === null ? 0 : unready.length - bake.podsNotReady;
  if (more <= rules.podsNotReady) return undefined;
  const minutes = minutesSince(bake.notReadySince || now.toISOString(), now);
  const own = ownOf(unready, nodesOfTarget(turn));
  const what = `${more} pods more than before are not ready`;
  if (own.length > rules.podsNotReady) {
    const shown = own.slice(0, 3).map(({ pod, nodeName }) => `${pod} on ${nodeName}`);
    const why = `${what}: ${shown.join(', ')}${own.length > shown.length ? ', …' : ''}`;
    return { why, verdict: minutes >= WORSE_FOR_MINUTES ? 'fault' : 'worse' };
  }
  const why = `${what}, and too few of them on nodes of the new image, of workloads that are ready elsewhere, to blame it`;
  return { why, verdict: minutes >= UNDECIDED_FOR_MINUTES ? 'undecided' : 'worse' };
}

/** Those on these nodes whose workload is not unready on any other node, or without one. */
function ownOf(unready: readonly SeenPod[], names: ReadonlySet<string> | undefined): readonly SeenPod[] {
  if (!names) return [];
  const elsewhere = unready.filter(({ nodeName }) => !names.has(nodeName)).map(({ workload }) => workload);
  const shared = new Set(elsewhere);
  return unready.filter(({ nodeName, workload }) => names.has(nodeName) && !shared.has(workload));
}
