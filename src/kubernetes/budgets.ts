import { PolicyV1Api, type V1LabelSelector, type V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Budget, Budgets, LabelSelector } from '../drains/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** The PodDisruptionBudgets of a cluster: one list, of one namespace or of all. */
export function kubernetesBudgets(connection: KubernetesConnection): Budgets {
  const policy = connection.api(PolicyV1Api);
  return {
    async inNamespaces(namespaces) {
      const [namespace, ...others] = new Set(namespaces);
      if (namespace === undefined) return [];
      if (others.length === 0)
        return (await listAll((page) => policy.listNamespacedPodDisruptionBudget({ namespace, ...page }))).map(
          budgetOf,
        );
      const all = await listAll((page) => policy.listPodDisruptionBudgetForAllNamespaces(page));
      return all.map(budgetOf).filter((budget) => namespaces.includes(budget.namespace));
    },
  };
}

function budgetOf({ metadata, spec, status }: V1PodDisruptionBudget): Budget {
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    selector: spec?.selector && selectorOf(spec.selector),
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    observedGenerationIsCurrent: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    unhealthyPodEvictionPolicy: spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' ? 'AlwaysAllow' : 'IfHealthyBudget',
  };
}

function selectorOf({ matchLabels, matchExpressions }: V1LabelSelector): LabelSelector {
  return {
    matchLabels: matchLabels ?? {},
    matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: values ?? [],
    })),
  };
}
