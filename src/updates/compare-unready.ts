import { type Compared, UNDECIDED_FOR_MINUTES, WORSE_FOR_MINUTES } from './compared.ts';
import { countOf, isOfNewRevision } from './counted-pods.ts';
import { nodesOfTarget } from './nodes-of-target.ts';
import type { PodSight, SeenPod, UnreadyPod } from './sight.ts';
import { minutesSince, type Turn } from './turn.ts';
import type { Bake } from './update-record.ts';

/**
 * Compares the pods that are not ready with how many there were before there was a canary, workload by workload: one that recovers makes up for none that breaks. A revision that was
 * begun since does not count, and what only starts does not, as {@link counts} says. Too many are its fault where so many of them are its own, and each has been for five minutes
 * by itself; else, after half an hour of too many, nobody can say. Pure.
 */
export function compareUnready(turn: Turn, bake: Bake, pods: PodSight): Compared {
  const { rules, now } = turn;
  const unready = pods.unready.filter((one) => !isOfNewRevision(one, bake));
  const more = moreThanBefore(turn, bake, unready);
  if (more <= rules.podsNotReady)
    return { why: '', verdict: 'well', bake: { ...bake, notReadySince: '', ownNotReady: {} } };
  const own = ownOf(unready, nodesOfTarget(turn), bake.notReady);
  const since = ({ pod }: SeenPod) => bake.ownNotReady[pod] ?? now.toISOString();
  const ownNotReady = Object.fromEntries(own.map((one) => [one.pod, since(one)]));
  const next = { ...bake, notReadySince: bake.notReadySince || now.toISOString(), ownNotReady };
  const what = `${more} pods more than before are not ready`;
  const lasting = own.filter((one) => minutesSince(since(one), now) >= WORSE_FOR_MINUTES);
  if (lasting.length > rules.podsNotReady) return { why: `${what}: ${inWords(lasting)}`, verdict: 'fault', bake: next };
  const isLong = minutesSince(next.notReadySince, now) >= UNDECIDED_FOR_MINUTES;
  if (own.length > rules.podsNotReady && !isLong)
    return { why: `${what}: ${inWords(own)}`, verdict: 'worse', bake: next };
  const why = `${what}, and too few of them for five minutes on nodes of the new image, of workloads that were ready before and are ready elsewhere, to blame it`;
  return { why, verdict: isLong ? 'undecided' : 'worse', bake: next };
}

/** Where nobody counted by workload, by their sum: one that only starts was in it before, too. */
function moreThanBefore(turn: Turn, bake: Bake, unready: readonly UnreadyPod[]): number {
  const { podsNotReady, notReadyOf } = bake;
  if (podsNotReady === null) return 0;
  if (notReadyOf === null) return unready.length - podsNotReady;
  const names = nodesOfTarget(turn);
  const counted = unready.filter((one) => counts(one, names?.has(one.nodeName) ?? false, bake, turn.now));
  const more = Object.entries(countOf(counted)).map(([name, count]) => Math.max(0, count - (notReadyOf[name] ?? 0)));
  return more.reduce((sum, one) => sum + one, 0);
}

/**
 * Whether a pod that is not ready may be one more than before. Where pods come and go one is always about to start, and each of its own, of a Job or a CI run is a workload by itself:
 * elsewhere than on the canary it counts only after five minutes, and only where its workload was there before; on the canary such a one counts after five minutes.
 */
function counts(
  { revision, createdAt, since }: UnreadyPod,
  isOnCanary: boolean,
  { countedAt }: Bake,
  now: Date,
): boolean {
  const onlyStarts = minutesSince(since, now) < WORSE_FOR_MINUTES;
  // Who has a revision was there before with that; of others only those that were made before.
  const wasThere = revision !== '' || !(Date.parse(createdAt) > Date.parse(countedAt));
  return isOnCanary ? wasThere || !onlyStarts : wasThere && !onlyStarts;
}

/**
 * Those on nodes of the new image whose workload was ready before, is unready on no other node, or without one, and is ready on another in the same revision: what a workload's own
 * rollout has broken, or somebody else's node, is no fault of the image.
 *
 * @param names the nodes of the new image
 * @param before workloads with a pod that was not ready before
 */
function ownOf(
  unready: readonly UnreadyPod[],
  names: ReadonlySet<string> | undefined,
  before: Bake['notReady'],
): readonly SeenPod[] {
  if (!names || before === null) return [];
  const elsewhere = unready.filter(({ nodeName }) => !names.has(nodeName)).map(({ workload }) => workload);
  const shared = new Set([...before, ...elsewhere]);
  return unready.filter(
    ({ nodeName, workload, readyOn }) =>
      names.has(nodeName) && !shared.has(workload) && readyOn.some((name) => !names.has(name)),
  );
}

function inWords(pods: readonly SeenPod[]): string {
  const shown = pods.slice(0, 3).map(({ pod, nodeName }) => `${pod} on ${nodeName}`);
  return `${shown.join(', ')}${pods.length > shown.length ? ', …' : ''}`;
}
