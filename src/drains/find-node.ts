import type { DrainNode, DrainNodes } from './ports.ts';

/** Whether the Node is this instance's. One without a provider id is told by its name alone. */
export function isOfInstance({ providerId }: Pick<DrainNode, 'providerId'>, instanceId: string): boolean {
  return providerId === '' || providerId.endsWith(`/${instanceId}`);
}

/**
 * The Node of an instance: by its name, or by what it says itself where nobody knows the name, no Node has it, or it is another instance's by now: a name
 * that was only guessed must not hide the instance's own Node. undefined when it is gone. An empty name is never asked for: the API server would answer
 * with the list of all.
 *
 * @param ipAddress where it is known: tells the instance's Node among those without a provider id
 */
export async function findNode(
  { instanceId, nodeName, ipAddress = '' }: { instanceId: string; nodeName: string; ipAddress?: string },
  nodes: DrainNodes,
): Promise<DrainNode | undefined> {
  const named = nodeName === '' ? undefined : await nodes.get(nodeName);
  return named && isOfInstance(named, instanceId) ? named : nodes.ofInstance(instanceId, ipAddress);
}
