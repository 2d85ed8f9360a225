import type { Deployment } from '../deployment.ts';
import { whichNode } from '../node/which-node.ts';
import { runWorkflow } from '../run-workflow.ts';
import type { CommandContext } from '../surroundings.ts';

/** Starts node-repair for a node, named by its Node or by its instance, and prints what came of it. */
export async function repairNode(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  node: string,
  { from, plan, reason, wait }: { readonly from?: string; readonly plan: boolean; reason: string; wait: boolean },
): Promise<void> {
  const input = { cluster, ...whichNode(node), reason, ...(from !== undefined && { from }), ...(plan && { plan }) };
  await runWorkflow(context, deployment, 'node-repair', input, { wait });
}
