import type { NodeToDrain } from './exclude-node.ts';
import { findNode } from './find-node.ts';
import type { DrainEvents, DrainNodes } from './ports.ts';
import { withMark } from './with-mark.ts';

/**
 * Cordons a node, and notes that it was Tender: somebody else's cordon is left alone, now and in the undo (S14).
 * Can run again; a node that is gone, or is another instance's by now, is fine.
 * @throws NodeChanged (try again).
 */
export async function cordonNode(
  { owner, reason, ...target }: NodeToDrain,
  { nodes, events }: { nodes: DrainNodes; events: DrainEvents },
): Promise<{ cordoned: boolean; alreadyCordoned: boolean }> {
  const node = await findNode(target, nodes);
  if (!node) return { cordoned: false, alreadyCordoned: false };
  if (node.unschedulable) {
    const annotations = withMark(node, owner, undefined);
    if (annotations) await nodes.change(node, { annotations });
    return { cordoned: true, alreadyCordoned: true };
  }
  await nodes.change(node, { unschedulable: true, annotations: withMark(node, owner, 'cordon') ?? {} });
  const message = `Tender cordoned the node (${reason})`;
  await events.record(node.name, { type: 'Normal', reason: 'NodeCordoned', message });
  return { cordoned: true, alreadyCordoned: false };
}
