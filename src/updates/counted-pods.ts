import type { PodSight } from './sight.ts';
import type { Bake, UpdateRecord } from './update-record.ts';

/** Where more restart, the cluster is not well, and a record has no room for them. */
const MOST_WORKLOADS = 200;

/** Thousands of pods are counted before there is a canary, and when it has baked. */
export function countsPods({ phase, wave, bake }: Pick<UpdateRecord, 'phase' | 'wave' | 'bake'>, now: Date): boolean {
  if (phase === 'canary') return wave === null;
  return phase === 'bake' && (bake === null || now.getTime() >= Date.parse(bake.until));
}

/** Why nothing can be compared with what was counted; undefined: it can. */
export function whyUncounted(pods: PodSight | null): string | undefined {
  if (pods === null) return 'the pods of the cluster cannot be counted';
  const { size } = workloadsOf(pods);
  return size > MOST_WORKLOADS ? `pods of ${size} workloads restart in the cluster` : undefined;
}

/** What is counted before there is a canary, to be compared with afterwards. */
export function countedBefore(pods: PodSight | null): Pick<Bake, 'podsNotReady' | 'restarting'> {
  if (pods === null || whyUncounted(pods) !== undefined)
    return { podsNotReady: pods?.unready.length ?? null, restarting: null };
  return { podsNotReady: pods.unready.length, restarting: [...workloadsOf(pods)] };
}

function workloadsOf({ restarted }: PodSight): ReadonlySet<string> {
  return new Set(restarted.map(({ workload }) => workload));
}
