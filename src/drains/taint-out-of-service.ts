import type { NodeToDrain } from './exclude-node.ts';
import { findNode } from './find-node.ts';
import { outOfServiceTaint } from './names.ts';
import type { DrainEvents, DrainInstances, DrainNodes } from './ports.ts';
import { withMark } from './with-mark.ts';

/**
 * Lets the volumes of a node go whose instance is off, by the out-of-service taint. Asks EC2 once more before: on a node that is merely silent the
 * taint corrupts volumes (S10). Can run again; undo takes the taint off.
 * @throws NodeChanged (try again).
 */
export async function taintOutOfService(
  { owner, ...target }: NodeToDrain,
  { nodes, instances, events }: { nodes: DrainNodes; instances: DrainInstances; events: DrainEvents },
): Promise<{ tainted: boolean }> {
  const { instanceId } = target;
  const [node, instance] = await Promise.all([findNode(target, nodes), instances.find(instanceId)]);
  const off = instance?.state === 'stopped' || instance?.state === 'terminated';
  if (!node || !off) return { tainted: false };
  if (node.taints.some(({ key }) => key === outOfServiceTaint.key)) return { tainted: true };
  const annotations = withMark(node, owner, 'out-of-service') ?? {};
  await nodes.change(node, { taints: [...node.taints, outOfServiceTaint], annotations });
  const message = `EC2 says that ${instanceId} is ${instance.state}: Tender lets its volumes go`;
  await events.record(node.name, { type: 'Warning', reason: 'NodeOutOfService', message });
  return { tainted: true };
}
