import type { DrainPod, DrainPolicy } from './ports.ts';

/** What a drain does with a pod. */
export type Disposition =
  /** It stays, and nobody waits for it. */
  | { readonly kind: 'skip'; readonly why: string }
  /** It is asked to leave. */
  | { readonly kind: 'evict' }
  /** It is on its way out. */
  | { readonly kind: 'leaving' }
  /** It must leave, and is not asked to: the policy or its owner forbids it. */
  | { readonly kind: 'held'; readonly why: string };

/**
 * What becomes of a pod (S9). Pods of DaemonSets, static pods' mirrors and finished pods are skipped, as by `kubectl drain`, which deletes the
 * finished ones. What its owner wants left alone is held in a voluntary drain only: an instance that goes takes its pods along.
 */
export function dispositionOf(pod: DrainPod, policy: DrainPolicy, voluntary: boolean): Disposition {
  if (pod.mirror) return { kind: 'skip', why: 'mirror of a static pod' };
  if (pod.ownerKind === 'DaemonSet') return { kind: 'skip', why: 'of a DaemonSet' };
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return { kind: 'skip', why: 'finished' };
  if (pod.deletionTimestamp !== undefined) return { kind: 'leaving' };
  const keep = policy.doNotDisruptAnnotations.find((wanted) => carries(pod.annotations, wanted));
  if (voluntary && keep !== undefined) return { kind: 'held', why: `annotation ${keep}` };
  if (!policy.deleteEmptyDirData && pod.usesEmptyDir)
    return { kind: 'held', why: 'it has emptyDir data, and drain.deleteEmptyDirData is false' };
  if (!policy.evictUnmanaged && pod.ownerKind === '')
    return { kind: 'held', why: 'nothing would create it again, and drain.evictUnmanaged is false' };
  return { kind: 'evict' };
}

/** `key` means `key=true`. */
function carries(annotations: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', value = 'true'] = wanted.split('=');
  return annotations[key] === value;
}
