import type { PodSight, SeenPod } from './sight.ts';
import type { Bake, UpdateRecord } from './update-record.ts';

/** Where more restart, the cluster is not well, and a record has no room for them. */
const MOST_WORKLOADS = 200;
/** About ten bytes each. */
const MOST_REVISIONS = 2_000;

/** Thousands of pods are counted before there is a canary, and when it has baked. */
export function countsPods({ phase, wave, bake }: Pick<UpdateRecord, 'phase' | 'wave' | 'bake'>, now: Date): boolean {
  if (phase === 'canary') return wave === null;
  return phase === 'bake' && (bake === null || now.getTime() >= Date.parse(bake.until));
}

/** Why nothing can be compared with what was counted; undefined: it can. */
export function whyUncounted(pods: PodSight | null): string | undefined {
  if (pods === null) return 'the pods of the cluster cannot be counted';
  const size = workloadsOf(pods.restarted).length;
  return size > MOST_WORKLOADS ? `pods of ${size} workloads restart in the cluster` : undefined;
}

/** What is counted before there is a canary, to be compared with afterwards. */
export function countedBefore(
  pods: PodSight | null,
  now: Date,
): Pick<Bake, 'countedAt' | 'podsNotReady' | 'notReadyOf' | 'notReady' | 'restarting' | 'revisions'> {
  const countedAt = now.toISOString();
  if (pods === null)
    return { countedAt, podsNotReady: null, notReadyOf: null, notReady: null, restarting: null, revisions: null };
  const { unready, restarted, revisions } = pods;
  const notReady = fewOf(unready);
  return {
    countedAt,
    podsNotReady: unready.length,
    notReadyOf: notReady && countOf(unready),
    notReady,
    restarting: fewOf(restarted),
    revisions: revisions.length > MOST_REVISIONS ? null : revisions,
  };
}

/** How many pods each workload has. */
export function countOf(pods: readonly SeenPod[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { workload } of pods) counts[workload] = (counts[workload] ?? 0) + 1;
  return counts;
}

/** Whether a pod is of a revision that its workload's owner has begun since: whatever is wrong with it came with that. */
export function isOfNewRevision({ revision }: SeenPod, { revisions }: Pick<Bake, 'revisions'>): boolean {
  return revision !== '' && revisions !== null && !revisions.includes(revision);
}

/** After a bake nothing has been seen to be worse yet. */
export const nothingWorse = { notReadySince: '', ownNotReady: {}, restarts: {} } as const;

function fewOf(pods: readonly SeenPod[]): readonly string[] | null {
  const workloads = workloadsOf(pods);
  return workloads.length > MOST_WORKLOADS ? null : workloads;
}

function workloadsOf(pods: readonly SeenPod[]): readonly string[] {
  return [...new Set(pods.map(({ workload }) => workload))];
}
