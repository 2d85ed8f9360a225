import { NodeVanished } from './errors.ts';
import { marksAnnotation, ownerAnnotation, startupTaint, warmPoolMark } from './names.ts';
import type { BootstrapTokens, JoinParameters, Node, NodeEvents, Nodes } from './ports.ts';
import { takeBack } from './withdraw-offer.ts';

interface AdmitPorts {
  readonly nodes: Nodes;
  readonly tokens: BootstrapTokens;
  readonly parameters: JoinParameters;
  readonly events: NodeEvents;
  /** Takes off what a node was marked with on its way into a warm pool. */
  readonly returnFromPool: (node: { instanceId: string; nodeName: string }) => Promise<void>;
}

/**
 * Opens the node for workloads: whatever is left of the offer to join is deleted, a node that comes out of a warm pool loses its marks, and last of all the startup taint
 * goes (S3, S4).
 * Can run again: each part is fine when it is done already.
 * @throws NodeChanged (try again), NodeVanished.
 */
export async function admitNode(
  input: {
    cluster: string;
    instanceId: string;
    nodeName: string;
    /** Absent when Tender minted no token. */
    tokenId?: string | undefined;
    execution: string;
  },
  { nodes, tokens, parameters, events, returnFromPool }: AdmitPorts,
): Promise<{ admitted: true }> {
  if (input.tokenId !== undefined) await takeBack(input, { tokens, parameters });
  const found = await nodes.get(input.nodeName);
  const isBack = found !== undefined && waitedInPool(found);
  if (isBack) await returnFromPool(input);
  const node = isBack ? await nodes.get(input.nodeName) : found;
  if (!node) throw new NodeVanished(input.nodeName);
  const taints = node.taints.filter((taint) => taint.key !== startupTaint);
  // Another execution's annotation is not ours to remove (S14).
  const mine = node.annotations[ownerAnnotation] === input.execution;
  if (taints.length < node.taints.length || mine) {
    await nodes.change(node, { taints, annotations: mine ? { [ownerAnnotation]: null } : {} });
    await events.record(node.name, {
      type: 'Normal',
      reason: 'NodeAdmitted',
      message: 'Tender opened the node for workloads',
    });
  }
  return { admitted: true };
}

function waitedInPool({ annotations }: Node): boolean {
  return (annotations[marksAnnotation] ?? '').split(',').includes(warmPoolMark);
}
