import { type Blocker, keptByBudget, nameOf } from './blocker.ts';
import { budgetCovers } from './budget-covers.ts';
import type { Budget, DrainPod } from './ports.ts';

/** Which pods may be asked to leave now, and what keeps the others. */
export interface EvictionBatch {
  readonly pods: readonly DrainPod[];
  readonly blocked: readonly Blocker[];
}

/** At a time: enough to empty a full node in a few waves, few enough not to load an API server that is shared. */
const largestBatch = 50;

/**
 * The next wave: as many pods as their budgets allow now, so that Tender makes no request that the API server would have to refuse. Several drains
 * share a budget, so a refusal can still come; then it is waited for.
 * A pod that is not ready may go while the others suffice, as in the eviction subresource itself
 * (kubernetes.io/docs/tasks/run-application/configure-pdb, "Unhealthy Pod Eviction Policy").
 */
export function nextEvictionBatch(pods: readonly DrainPod[], budgets: readonly Budget[]): EvictionBatch {
  // Until the controller has seen a budget's last change, every eviction under it is refused.
  const left = new Map(budgets.map((one) => [one, one.observedGenerationIsCurrent ? one.disruptionsAllowed : 0]));
  const chosen: DrainPod[] = [];
  const blocked: Blocker[] = [];
  for (const pod of pods) {
    const [budget, ...others] = isAsked(pod) ? budgets.filter((one) => budgetCovers(one, pod)) : [];
    if (others.length > 0 && budget) blocked.push(coveredTwice(pod, [budget, ...others]));
    else if (!budget || goesWithoutBudget(pod, budget)) chosen.push(pod);
    else if ((left.get(budget) ?? 0) > 0) {
      left.set(budget, (left.get(budget) ?? 0) - 1);
      chosen.push(pod);
    } else blocked.push(keptByBudget(pod, budget));
  }
  return { pods: chosen.slice(0, largestBatch), blocked };
}

/** A pod that has not begun is evicted whatever its budgets are, two of them included. */
function isAsked({ phase }: DrainPod): boolean {
  return phase === 'Running' || phase === 'Unknown';
}

function goesWithoutBudget(pod: DrainPod, budget: Budget): boolean {
  const spare = budget.currentHealthy >= budget.desiredHealthy && budget.desiredHealthy > 0;
  return !pod.ready && (spare || budget.unhealthyPodEvictionPolicy === 'AlwaysAllow');
}

function coveredTwice(pod: DrainPod, budgets: readonly Budget[]): Blocker {
  return {
    pod: nameOf(pod),
    budget: budgets.map(nameOf).join(', '),
    why: `more than one PodDisruptionBudget covers it (${budgets.map(nameOf).join(', ')}), and the API server evicts no such pod: leave it one`,
  };
}
