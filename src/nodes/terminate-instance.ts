import type { Groups } from './ports.ts';
import type { RetiringGroups, Surges } from './retire-ports.ts';

/**
 * Terminates a drained instance through its Auto Scaling group, so that its hooks run and a replacement comes. Can run again: an instance that is on its way
 * out is left to it, and so is one that left its group meanwhile, since then it is somebody else's.
 */
export async function terminateInstance(
  { cluster, instanceId, shrink }: { cluster: string; instanceId: string; shrink: boolean },
  { groups, retiring, surges }: { groups: Groups; retiring: RetiringGroups; surges: Surges },
): Promise<{ outcome: 'terminating' | 'leaving' }> {
  const membership = (await groups.memberships([instanceId])).get(instanceId);
  if (!membership || /Terminat|Detach/.test(membership.lifecycleState)) return { outcome: 'leaving' };
  const outcome = await retiring.terminate(instanceId, shrink);
  // Only now: a step that is repeated must not raise the capacity anew.
  if (shrink) await surges.forget(cluster, instanceId);
  return { outcome };
}
