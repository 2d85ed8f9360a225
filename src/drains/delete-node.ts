import { findNode } from './find-node.ts';
import type { DrainNodes } from './ports.ts';

/**
 * Deletes the Node of an instance that leaves. A kubelet registers only when it starts, so this is for instances that are certain to go.
 * Another instance's Node of the same name stays. Can run again; one that is gone is fine.
 */
export async function deleteNode(
  target: { instanceId: string; nodeName: string },
  nodes: DrainNodes,
): Promise<{ deleted: boolean }> {
  const node = await findNode(target, nodes);
  if (!node) return { deleted: false };
  await nodes.delete(node.name, node.uid);
  return { deleted: true };
}
