import { NodeVanished } from './errors.ts';
import { ownerAnnotation } from './names.ts';
import { missingLabelsAndTaints, wantedLabels } from './next-join-step.ts';
import type { JoinPolicy, Node, NodeEvents, Nodes, Role, Taint } from './ports.ts';

/**
 * Gives a joining node the labels and taints of its role, the `node-role.kubernetes.io/` label among them, which a kubelet may not set.
 * Adds only; what others put there stays. Can run again: a node that has them all is left alone.
 * @throws NodeChanged (try again), NodeVanished.
 */
export async function labelNode(
  { nodeName, role, execution }: { nodeName: string; role: Role; execution: string },
  { nodes, events }: { nodes: Nodes; events: NodeEvents },
  policy: JoinPolicy,
): Promise<{ changed: readonly string[] }> {
  const node = await nodes.get(nodeName);
  if (!node) throw new NodeVanished(nodeName);
  const changed = missingLabelsAndTaints(node, policy, role);
  if (changed.length > 0) {
    await nodes.change(node, {
      labels: wantedLabels(policy, role),
      annotations: { [ownerAnnotation]: execution },
      taints: withTaints(node, policy.roles[role]?.taints ?? []),
    });
    await events.record(nodeName, {
      type: 'Normal',
      reason: 'NodeLabeled',
      message: `Tender set ${changed.join(', ')}`,
    });
  }
  return { changed };
}

function withTaints(node: Node, wanted: readonly Taint[]): Taint[] {
  const others = node.taints.filter((taint) => !wanted.some((w) => w.key === taint.key && w.effect === taint.effect));
  return [...others, ...wanted];
}
