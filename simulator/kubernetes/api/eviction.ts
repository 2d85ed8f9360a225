import { conditionOf, type Pod, type PodDisruptionBudget, timeText } from './objects.ts';
import { matchesLabelSelector } from './selectors.ts';
import { forbidden, StatusError } from './status-error.ts';
import type { Store } from './store.ts';

const BUDGETS = 'poddisruptionbudgets.policy';

/** The budgets that cover a pod. As everywhere, an empty selector covers everything and none covers nothing (policy/v1). */
export function budgetsOf(store: Store, pod: Pod): PodDisruptionBudget[] {
  return store
    .list<PodDisruptionBudget>(BUDGETS, pod.metadata.namespace)
    .filter(({ spec }) => matchesLabelSelector(spec.selector, pod.metadata.labels));
}

function tooMany(message: string, retryAfterSeconds: number): StatusError {
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new StatusError(429, 'TooManyRequests', text, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

function decrement(store: Store, pod: Pod, budget: PodDisruptionBudget, dryRun: boolean): void {
  const { name, namespace, generation = 0 } = budget.metadata;
  const status = budget.status;
  if ((status?.observedGeneration ?? 0) < generation)
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (!status || status.disruptionsAllowed < 0) {
    throw forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, 'pdb disruptions allowed is negative');
  }
  if (status.disruptionsAllowed === 0) {
    const { desiredHealthy, currentHealthy } = status;
    // Enough are healthy and yet none may go: those that are missing were disrupted a moment ago.
    const why =
      currentHealthy <= desiredHealthy
        ? `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
        : 'does not allow evicting pods currently';
    throw tooMany(`The disruption budget ${name} ${why}`, 0);
  }
  if (dryRun) return;
  store.change<PodDisruptionBudget>(BUDGETS, name, namespace, (draft) => {
    if (!draft.status) return;
    draft.status.disruptionsAllowed -= 1;
    draft.status.disruptedPods = {
      ...draft.status.disruptedPods,
      [pod.metadata.name]: timeText(store.world.now()),
    };
  });
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/**
 * Whether a pod may be evicted now; takes one disruption from its budget. The rules are those of the eviction
 * subresource: pods that are finished, pending or on their way out need no budget; a pod that is not ready may go
 * while the others suffice.
 * @throws StatusError TooManyRequests with cause DisruptionBudget; and of code 500 without a reason for several budgets.
 */
export function admitEviction(store: Store, pod: Pod, dryRun: boolean): void {
  const phase = pod.status?.phase;
  if (pod.metadata.deletionTimestamp || (phase !== 'Running' && phase !== 'Unknown')) return;
  const [budget, ...others] = budgetsOf(store, pod);
  if (!budget) return;
  if (others.length > 0) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, undefined, message);
  }
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  const spare = currentHealthy >= desiredHealthy && desiredHealthy > 0;
  if (!isReady(pod) && (spare || budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow')) return;
  decrement(store, pod, budget, dryRun);
}
