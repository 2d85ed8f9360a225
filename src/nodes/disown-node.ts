import { ownerAnnotation } from './names.ts';
import type { Nodes } from './ports.ts';

/** Takes an execution's mark off a node; another's stays (S14). A node that is gone, or was never marked, is fine. */
export async function disownNode(
  { nodeName, execution }: { nodeName: string; execution: string },
  nodes: Nodes,
): Promise<void> {
  const node = nodeName === '' ? undefined : await nodes.get(nodeName);
  if (node?.annotations[ownerAnnotation] !== execution) return;
  await nodes.change(node, { annotations: { [ownerAnnotation]: null } });
}
