import type { DrainNode, DrainNodes } from './ports.ts';

/** Whether the Node is this instance's. One without a provider id is told by its name alone. */
export function isOfInstance({ providerId }: Pick<DrainNode, 'providerId'>, instanceId: string): boolean {
  return providerId === '' || providerId.endsWith(`/${instanceId}`);
}

/**
 * The Node of an instance: by its name, or by its provider id while nobody knows the name; undefined when it is gone, or when its name is another
 * instance's by now. An empty name is never asked for: the API server would answer with the list of all.
 */
export async function findNode(
  { instanceId, nodeName }: { readonly instanceId: string; readonly nodeName: string },
  nodes: DrainNodes,
): Promise<DrainNode | undefined> {
  const node = nodeName === '' ? await nodes.ofInstance(instanceId) : await nodes.get(nodeName);
  return node && isOfInstance(node, instanceId) ? node : undefined;
}
