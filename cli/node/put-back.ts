import type { Deployment } from '../deployment.ts';
import { NothingToPutBack } from '../errors.ts';
import { print } from '../print.ts';
import { runWorkflow } from '../run-workflow.ts';
import type { CommandContext } from '../surroundings.ts';
import { claimOn, whichNode } from './which-node.ts';

/**
 * Has a node put back that an execution emptied, or left in the middle: by the sweep of that execution's workflow.
 * @throws NothingToPutBack, ExecutionFailed, and what AWS throws
 */
export async function putBack(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  node: string,
  { owner, plan, wait }: { readonly owner?: string; readonly plan: boolean; readonly wait: boolean },
): Promise<void> {
  const claim = await claimOn(deployment, cluster, node);
  const by = owner ?? claim?.owner;
  if (by === undefined) throw new NothingToPutBack(node, cluster);
  const workflow = by.includes('-node-bootstrap:') ? 'sweep' : 'sweep-retire';
  if (plan) {
    const fields = { workflow, owner: by, since: claim?.claimedAt, 'load balancers': claim?.deregistered?.length ?? 0 };
    return print(context, { workflow, owner: by, claim: claim ?? null }, { kind: 'fields', fields });
  }
  const which = claim ? { instanceId: claim.instanceId } : whichNode(node);
  await runWorkflow(context, deployment, workflow, { cluster, ...which, owner: by }, { wait });
}
