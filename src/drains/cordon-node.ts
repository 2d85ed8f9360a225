import type { NodeToDrain } from './exclude-node.ts';
import { findNode } from './find-node.ts';
import type { DrainEvents, DrainNodes } from './ports.ts';
import { withMark } from './with-mark.ts';

/**
 * Cordons a node, and notes that it was Tender: somebody else's cordon is left alone, now and in the undo (S14).
 * One that goes into a warm pool is marked as such, whoever cordoned it. Can run again; a node that is gone, or is another instance's by now, is fine.
 * @throws NodeChanged (try again).
 */
export async function cordonNode(
  { owner, reason, intoPool = false, ...target }: NodeToDrain & { readonly intoPool?: boolean | undefined },
  { nodes, events }: { nodes: DrainNodes; events: DrainEvents },
): Promise<{ cordoned: boolean; alreadyCordoned: boolean }> {
  const node = await findNode(target, nodes);
  if (!node) return { cordoned: false, alreadyCordoned: false };
  const pool = intoPool ? (['warm-pool'] as const) : [];
  if (node.unschedulable) {
    const annotations = withMark(node, owner, ...pool);
    if (annotations) await nodes.change(node, { annotations });
    return { cordoned: true, alreadyCordoned: true };
  }
  await nodes.change(node, { unschedulable: true, annotations: withMark(node, owner, 'cordon', ...pool) ?? {} });
  const until = intoPool ? ': its instance goes into the warm pool, and the node serves again when it is back' : '';
  const message = `Tender cordoned the node (${reason})${until}`;
  await events.record(node.name, { type: 'Normal', reason: 'NodeCordoned', message });
  return { cordoned: true, alreadyCordoned: false };
}
