import { bootstrapTokenId } from './bootstrap-token.ts';
import { disownNode } from './disown-node.ts';
import { certificateKeyName, joinParameterName } from './names.ts';
import type { BootstrapTokens, JoinParameters, Nodes } from './ports.ts';

/** Takes an execution's offer to join back, and its mark off the node, and leaves everything else as it is. Can run again. */
export async function withdrawOffer(
  input: { cluster: string; instanceId: string; nodeName: string; execution: string },
  { nodes, ...ports }: { nodes: Nodes; tokens: BootstrapTokens; parameters: JoinParameters },
): Promise<{ tokenId: string }> {
  const offer = await takeBack(input, ports);
  await ports.parameters.delete(certificateKeyName(input.cluster, input.instanceId));
  await disownNode(input, nodes);
  return offer;
}

/** Takes an execution's offer to join back: its parameter and its token. Each is fine when it is gone already. Can run again. */
export async function takeBack(
  { cluster, instanceId, execution }: { cluster: string; instanceId: string; execution: string },
  { tokens, parameters }: { tokens: BootstrapTokens; parameters: JoinParameters },
): Promise<{ tokenId: string }> {
  const tokenId = bootstrapTokenId(cluster, instanceId, execution);
  // The parameter first: AWS answers when the cluster does not, and without it nobody learns the token.
  await parameters.delete(joinParameterName(cluster, instanceId));
  await tokens.delete(tokenId);
  return { tokenId };
}
