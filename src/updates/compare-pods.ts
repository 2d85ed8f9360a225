import { compareUnready } from './compare-unready.ts';
import { type Compared, UNDECIDED_FOR_MINUTES, WORSE_FOR_MINUTES } from './compared.ts';
import { isOfNewRevision } from './counted-pods.ts';
import { nodesOfTarget } from './nodes-of-target.ts';
import type { PodRestart, PodSight, SeenPod } from './sight.ts';
import { minutesSince, type Turn } from './turn.ts';
import type { Bake } from './update-record.ts';

/** So many pods on other nodes tell whether their workload restarts there again and again; a record has no room for those of a whole fleet. */
const MOST_ELSEWHERE = 100;

/**
 * Compares the pods of the cluster with what was counted before there was a canary: how many are not ready, and which restart. A restart is its fault when the
 * same pod restarts again five minutes later or more, on a node of the new image, and its workload neither restarted before nor restarts on any other node now. A workload that restarts
 * again and again on other nodes as well is left out, and so is a revision that was begun since; where it has only restarted there, or is not ready there, nobody can say, and the canary
 * is neither good nor to blame. Pure.
 */
export function comparePods(turn: Turn, bake: Bake, pods: PodSight): Compared {
  const { rules, now } = turn;
  const unready = compareUnready(turn, bake, pods);
  const { onNew, elsewhere } = restartsSince(turn, bake, pods);
  const firstOf = ({ pod, at }: PodRestart) => bake.restarts[pod] ?? at;
  const isAgain = (one: PodRestart) => minutesSince(firstOf(one), new Date(one.at)) >= WORSE_FOR_MINUTES;
  const restarts = Object.fromEntries([...onNew, ...elsewhere].map((one) => [one.pod, firstOf(one)]));
  const next = { ...unready.bake, restarts };
  if (unready.verdict !== 'well') return { ...unready, bake: next };
  const everywhere = workloadsOf(elsewhere.filter(isAgain));
  const counted = onNew.filter(({ workload }) => !everywhere.has(workload));
  if (counted.length <= rules.podsRestarted) return { why: '', verdict: 'well', bake: next };
  const again = counted.filter(isAgain);
  const names = nodesOfTarget(turn);
  const unreadyElsewhere = pods.unready.filter(({ nodeName }) => nodeName !== '' && !names?.has(nodeName));
  const shared = workloadsOf([...elsewhere, ...unreadyElsewhere]);
  const own = again.filter(({ workload }) => !shared.has(workload));
  if (own.length > rules.podsRestarted)
    return { why: inWords(own, 'restart again and again'), verdict: 'fault', bake: next };
  if (again.length <= rules.podsRestarted)
    return { why: inWords(counted, 'have restarted'), verdict: 'worse', bake: next };
  const lasting = again.filter((one) => minutesSince(firstOf(one), now) >= UNDECIDED_FOR_MINUTES);
  const verdict = lasting.length > rules.podsRestarted ? 'undecided' : 'worse';
  const doing =
    'restart again and again, and some of the same workloads have restarted on other nodes, or are not ready there, too';
  return { why: inWords(again, doing), verdict, bake: next };
}

/** Restarts on nodes of the new image, of workloads that did not restart before, and those of the same workloads on other nodes. */
function restartsSince(turn: Turn, bake: Bake, { restarted }: PodSight) {
  const names = nodesOfTarget(turn);
  if (bake.restarting === null || !names) return { onNew: [], elsewhere: [] };
  const known = new Set(bake.restarting);
  // What came up at its second attempt before the bake is not counted.
  const began = Date.parse(bake.until) - turn.rules.bakeMinutes * 60_000;
  const onNew = restarted.filter(
    (one) =>
      names.has(one.nodeName) && !known.has(one.workload) && !isOfNewRevision(one, bake) && Date.parse(one.at) >= began,
  );
  const workloads = workloadsOf(onNew);
  const others = restarted.filter(({ nodeName, workload }) => !names.has(nodeName) && workloads.has(workload));
  // Those that are remembered come first.
  const rank = ({ pod }: PodRestart) => (bake.restarts[pod] === undefined ? 1 : 0);
  return { onNew, elsewhere: others.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_ELSEWHERE) };
}

function workloadsOf(restarts: readonly SeenPod[]): ReadonlySet<string> {
  return new Set(restarts.map(({ workload }) => workload));
}

function inWords(restarts: readonly PodRestart[], doing: string): string {
  const shown = restarts.slice(0, 3).map(({ pod, nodeName }) => `${pod} on ${nodeName}`);
  const names = `${shown.join(', ')}${restarts.length > shown.length ? ', …' : ''}`;
  return `${restarts.length} pods of workloads that ran well before ${doing}: ${names}`;
}
