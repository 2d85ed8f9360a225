import type { Budget, DrainPod, LabelSelector } from './ports.ts';

/**
 * Whether the eviction API asks this budget about a pod: same namespace, and the selector matches, where none at all
 * matches nothing and an empty one everything (policy/v1; `getPodDisruptionBudgets` of the API server). An operator that
 * nobody knows matches nothing there, and so here.
 */
export function budgetCovers(budget: Budget, pod: Pick<DrainPod, 'namespace' | 'labels'>): boolean {
  const { selector } = budget;
  if (budget.namespace !== pod.namespace || selector === undefined) return false;
  const labelled = Object.entries(selector.matchLabels).every(([key, value]) => pod.labels[key] === value);
  return labelled && selector.matchExpressions.every((expression) => holds(expression, pod.labels));
}

function holds(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    // A pod without the label is matched: it is not in the list either.
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
