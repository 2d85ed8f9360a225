import { findNode } from './find-node.ts';
import { marksOf } from './names.ts';
import type { DrainEvents, DrainNodes } from './ports.ts';
import { changeThatUndoes } from './undo-drain.ts';

/**
 * Takes Tender's marks off a node whose instance has left its warm pool, whichever execution has put them on: that one is over. Whoever calls it holds the claim. Can run again.
 * @throws NodeChanged (try again).
 */
export async function returnFromPool(
  target: { readonly instanceId: string; readonly nodeName: string },
  { nodes, events }: { readonly nodes: DrainNodes; readonly events: DrainEvents },
): Promise<void> {
  const node = await findNode(target, nodes);
  const marks = marksOf(node?.annotations ?? {});
  if (!node || !marks.has('warm-pool')) return;
  await nodes.change(node, changeThatUndoes(node, marks));
  const message = 'Tender put the node back into service: its instance has left the warm pool';
  await events.record(node.name, { type: 'Normal', reason: 'DrainUndone', message });
}
