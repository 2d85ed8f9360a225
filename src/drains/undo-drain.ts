import { findNode } from './find-node.ts';
import { excludeLabel, type Mark, marksAnnotation, marksOf, outOfServiceTaint, ownerAnnotation } from './names.ts';
import type { DrainEvents, DrainNode, DrainNodeChange, DrainNodes } from './ports.ts';

/**
 * Takes back what a drain did to a node: un-cordons, and takes label and taint off, as far as the node's marks say that they are Tender's, and only
 * while the mark is of the execution that is undone (S14). Can run again; a node that is gone is fine.
 * @throws NodeChanged (try again).
 */
export async function undoDrain(
  { owner, why, ...target }: { instanceId: string; nodeName: string; owner: string; why: string },
  { nodes, events }: { nodes: DrainNodes; events: DrainEvents },
): Promise<{ undone: readonly Mark[] }> {
  const node = await findNode(target, nodes);
  if (node?.annotations[ownerAnnotation] !== owner) return { undone: [] };
  const marks = marksOf(node.annotations);
  await nodes.change(node, changeThatUndoes(node, marks));
  const message = `Tender put the node back into service: ${why}`;
  await events.record(node.name, { type: 'Warning', reason: 'DrainUndone', message: message.slice(0, 1000) });
  return { undone: [...marks] };
}

/** Takes off what the marks say that is Tender's, and the marks. */
export function changeThatUndoes(node: DrainNode, marks: ReadonlySet<Mark>): DrainNodeChange {
  return {
    annotations: { [ownerAnnotation]: null, [marksAnnotation]: null },
    ...(marks.has('cordon') && { unschedulable: false }),
    ...(marks.has('exclude-from-external-load-balancers') && { labels: { [excludeLabel]: null } }),
    ...(marks.has('out-of-service') && { taints: node.taints.filter(({ key }) => key !== outOfServiceTaint.key) }),
  };
}
