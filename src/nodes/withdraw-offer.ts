import { bootstrapTokenId } from './bootstrap-token.ts';
import { joinParameterName } from './names.ts';
import type { BootstrapTokens, JoinParameters } from './ports.ts';

/** Takes an execution's offer to join back: its parameter and its token. Each is fine when it is gone already. Can run again. */
export async function withdrawOffer(
  { cluster, instanceId, execution }: { cluster: string; instanceId: string; execution: string },
  { tokens, parameters }: { tokens: BootstrapTokens; parameters: JoinParameters },
): Promise<{ tokenId: string }> {
  const tokenId = bootstrapTokenId(cluster, instanceId, execution);
  // The parameter first: AWS answers when the cluster does not, and without it nobody learns the token.
  await parameters.delete(joinParameterName(cluster, instanceId));
  await tokens.delete(tokenId);
  return { tokenId };
}
