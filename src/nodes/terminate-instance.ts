import { isLeaving } from './is-leaving.ts';
import type { Groups } from './ports.ts';
import type { RetiringGroups } from './retire-ports.ts';

/**
 * Terminates a drained instance through its Auto Scaling group, so that its hooks run and a replacement comes. Can run again: an instance that is on its way
 * out is left to it, and so is one that left its group meanwhile, since then it is somebody else's.
 */
export async function terminateInstance(
  { instanceId, shrink }: { instanceId: string; shrink: boolean },
  { groups, retiring }: { groups: Groups; retiring: RetiringGroups },
): Promise<{ outcome: 'terminating' | 'leaving' }> {
  const membership = (await groups.memberships([instanceId])).get(instanceId);
  if (!membership || isLeaving(membership) || /Terminated|Detach/.test(membership.lifecycleState))
    return { outcome: 'leaving' };
  return { outcome: await retiring.terminate(instanceId, shrink) };
}
