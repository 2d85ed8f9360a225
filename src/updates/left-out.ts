import { isDrainByHand, keptDrained } from '../schema/drain-by-hand.ts';
import type { UpdateSight, UpdatingMember, UpdatingNode } from './sight.ts';

/** The Node of a member that a person keeps drained (S14): in place nothing is begun with it, since `node-update` would leave it alone. undefined: nobody does, or nobody can say. */
export function keptNode(
  { nodes }: Pick<UpdateSight, 'nodes'>,
  { instanceId }: Pick<UpdatingMember, 'instanceId'>,
): UpdatingNode | undefined {
  if (nodes === 'unknown') return undefined;
  return nodes.find((node) => node.instanceId === instanceId && isDrainByHand(node.owner));
}

/** What is said of nodes that an update in place leaves out, and why, after what it says of the others; empty: it leaves out none. */
export function wordsOfLeftOut(nodes: readonly UpdatingNode[], cluster: string): string {
  const each = nodes.map(({ name, owner }) => `${name}, ${keptDrained(owner, name, cluster)}`);
  return each.length === 0 ? '' : `; left out, and not updated: ${each.join('; ')}`;
}
