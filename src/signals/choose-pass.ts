import type { AskedPasses, ClusterDirectory } from './ports.ts';
import type { ClusterSignal } from './signal.ts';
import type { Choice } from './workflow-choice.ts';

/** A storm of problems, of many nodes or of one that tells all the time, is as many passes. The schedule's comes each minute anyway. */
const PASS_EVERY_SECONDS = 20;

/** A health pass for a problem that somebody in the cluster tells of. What is wrong is for the pass to find, and its breakers hold. */
export async function choosePass(
  { cluster, account, region }: ClusterSignal,
  { clusters, passes }: { readonly clusters: ClusterDirectory; readonly passes: AskedPasses },
  now: Date,
): Promise<Choice> {
  if (!(await clusters.believes(cluster, { account, region })))
    return { drop: `no cluster ${cluster} is registered that what comes from there may speak for` };
  if (!(await passes.claim(cluster, PASS_EVERY_SECONDS, now)))
    return {
      drop: `a pass over ${cluster} was asked for within ${PASS_EVERY_SECONDS} seconds: that one sees it, or the next`,
    };
  return { workflow: 'check-health', name: `${cluster}-${now.getTime()}`, input: { cluster } };
}
