import type { ClusterNode, NodeSelectorTerm, Pod, Taint, Toleration } from '../api/objects.ts';
import { matchesRequirements } from '../api/selectors.ts';

/** Whether a toleration covers a taint (core/v1 helpers: an empty key with Exists covers everything). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  if (!toleration.key) return false;
  return (toleration.value ?? '') === (taint.value ?? '');
}

/** The taints of these effects that a pod does not tolerate. */
export function untolerated(pod: Pod, taints: readonly Taint[], effects: readonly string[]): Taint[] {
  const tolerations = pod.spec.tolerations ?? [];
  return taints.filter(
    (taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function termMatches({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: ClusterNode): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name };
  return matchesRequirements(node.metadata.labels ?? {}, matchExpressions) && matchesRequirements(fields, matchFields);
}

/** Whether nodeSelector and required node affinity let a pod run on a node. */
export function affinityAllows(pod: Pod, node: ClusterNode): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return selected && (!required || required.nodeSelectorTerms.some((term) => termMatches(term, node)));
}

/** The one node that a DaemonSet's pod is for, by its affinity on metadata.name. */
export function pinnedNode(pod: Pod): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const field = required?.nodeSelectorTerms[0]?.matchFields?.find(({ key }) => key === 'metadata.name');
  return field?.operator === 'In' ? field.values?.[0] : undefined;
}
