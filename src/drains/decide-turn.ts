import { type Blocker, nameOf } from './blocker.ts';
import type { DrainTimers } from './drain-timers.ts';
import { nextEvictionBatch } from './next-eviction-batch.ts';
import { dispositionOf } from './pod-disposition.ts';
import type { AttachedVolume, Budget, DrainPod, DrainPolicy } from './ports.ts';

/** What is on a node at one moment. */
export interface NodeContents {
  readonly pods: readonly DrainPod[];
  readonly budgets: readonly Budget[];
  /** Volumes that are attached to the node and are not those of pods that stay. */
  readonly volumes: readonly AttachedVolume[];
}

/** Seconds from the end of a pod's grace until its kubelet has killed and reported it: who uses all of its grace is gone in time, too. */
const farewellSeconds = 10;

/** How a drain stands. */
export interface DrainSituation {
  readonly voluntary: boolean;
  /**
   * `silent`: the node does not say that it is Ready, so nobody there tells that a pod has ended. `off`: EC2 says that the instance is stopped, so what
   * was leaving has left. `gone`: it is terminated, and all its pods with it.
   */
  readonly instance: 'on' | 'silent' | 'off' | 'gone';
}

/** What to do next with a node that is to be empty. */
export type DrainTurn =
  | { readonly next: 'drained' }
  /** Ask these to leave; an empty list: only wait. */
  | { readonly next: 'evict'; readonly pods: readonly DrainPod[]; readonly blockers: readonly Blocker[] }
  /** Delete these past their budgets, with this much grace at most: the policy says so. */
  | {
      readonly next: 'delete';
      readonly pods: readonly DrainPod[];
      readonly graceSeconds: number;
      readonly blockers: readonly Blocker[];
    }
  | { readonly next: 'time-up'; readonly blockers: readonly Blocker[] };

/**
 * The rule of a drain (S9–S11): ask in waves, wait, and when the time is up give up, delete with capped grace, or delete by force, as the policy says.
 * Whatever keeps the node from being empty is named.
 */
export function decideTurn(
  { pods, budgets, volumes }: NodeContents,
  { voluntary, instance }: DrainSituation,
  policy: DrainPolicy,
  timers: DrainTimers,
  now: Date,
): DrainTurn {
  const sorted = pods.map((pod) => ({ pod, disposition: dispositionOf(pod, policy, voluntary) }));
  const asked = now >= timers.askUntil;
  const allGone = instance === 'gone' && asked;
  const leftAlready = instance === 'off' || instance === 'gone' || (instance === 'silent' && asked);
  const evictable = sorted.flatMap(({ pod, disposition }) => (disposition.kind === 'evict' && !allGone ? [pod] : []));
  const held = sorted.flatMap(({ pod, disposition }) =>
    disposition.kind === 'held' && !allGone ? [{ pod: nameOf(pod), why: disposition.why }] : [],
  );
  const leaving = sorted.flatMap(({ pod, disposition }) =>
    disposition.kind === 'leaving' && !leftAlready ? [pod] : [],
  );
  const attached = instance === 'silent' && asked ? [] : volumes;
  const waitedFor = [...leaving.map(whyStillThere), ...attached.map(whyAttached)];
  if (evictable.length + held.length + waitedFor.length === 0) return { next: 'drained' };

  const batch = nextEvictionBatch(evictable, budgets);
  const blockers = [...batch.blocked, ...held, ...waitedFor];
  if (!asked) return { next: 'evict', pods: batch.pods, blockers };
  const refused = evictable.length + held.length > 0;
  if (now >= timers.deadline) return { next: 'time-up', blockers: allOf(evictable, blockers) };
  if (refused && policy.whenTimeIsUp === 'give-up') return { next: 'time-up', blockers: allOf(evictable, blockers) };
  if (now < timers.graceUntil) {
    const graceSeconds = Math.min(policy.graceCapSeconds, secondsUntil(timers.graceUntil, now) - farewellSeconds);
    // What a policy or its owner holds is not deleted, either.
    return { next: 'delete', pods: evictable, graceSeconds: Math.max(1, graceSeconds), blockers };
  }
  if (policy.whenTimeIsUp !== 'force-delete') return { next: 'time-up', blockers: allOf(evictable, blockers) };
  return { next: 'delete', pods: [...evictable, ...leaving], graceSeconds: 0, blockers };
}

// A pod that could have gone when the time was up is named, too.
function allOf(evictable: readonly DrainPod[], blockers: readonly Blocker[]): readonly Blocker[] {
  const named = new Set(blockers.map(({ pod }) => pod));
  const others = evictable.filter((pod) => !named.has(nameOf(pod)));
  return [...blockers, ...others.map((pod) => ({ pod: nameOf(pod), why: 'it was asked to leave and is still there' }))];
}

function whyStillThere(pod: DrainPod): Blocker {
  const held = pod.finalizers.length > 0 ? `, held by finalizer ${pod.finalizers.join(', ')}` : '';
  return { pod: nameOf(pod), why: `it is Terminating since ${pod.deletionTimestamp ?? 'some time'}${held}` };
}

function whyAttached({ name, persistentVolume }: AttachedVolume): Blocker {
  return { pod: `volume ${persistentVolume}`, why: `it is still attached to the node (VolumeAttachment ${name})` };
}

function secondsUntil(time: Date, now: Date): number {
  return Math.max(1, Math.floor((time.getTime() - now.getTime()) / 1000));
}
