import { findNode } from './find-node.ts';
import { excludeLabel } from './names.ts';
import type { DrainEvents, DrainNodes } from './ports.ts';
import { withMark } from './with-mark.ts';

/** A node that a drain works on. */
export interface NodeToDrain {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  /** The execution that holds the claim. */
  readonly owner: string;
  /** For people: `spot-interruption`, `scale-in`. */
  readonly reason: string;
}

/**
 * Puts the owner and the label on a node that makes controllers of load balancers leave it out: the first step of a drain (S9, S14). A label that
 * somebody else has set is not marked as ours. Can run again; a node that is gone, or is another instance's by now, is fine.
 * @throws NodeChanged (try again).
 */
export async function excludeNode(
  { owner, reason, ...target }: NodeToDrain,
  { nodes, events }: { nodes: DrainNodes; events: DrainEvents },
): Promise<{ excluded: boolean }> {
  const node = await findNode(target, nodes);
  if (!node) return { excluded: false };
  const ours = node.labels[excludeLabel] === undefined;
  const annotations = withMark(node, owner, ...(ours ? (['exclude-from-external-load-balancers'] as const) : []));
  if (!ours && annotations === undefined) return { excluded: true };
  await nodes.change(node, {
    labels: { [excludeLabel]: node.labels[excludeLabel] ?? '' },
    annotations: annotations ?? {},
  });
  const message = `Tender drains the node (${reason}). Execution ${owner}`;
  await events.record(node.name, { type: 'Normal', reason: 'DrainStarted', message });
  return { excluded: true };
}
