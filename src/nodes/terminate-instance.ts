import { isLeaving } from './is-leaving.ts';
import type { Groups } from './ports.ts';
import type { RetiringGroups, Surges } from './retire-ports.ts';
import { withdrawReplacement } from './withdraw-replacement.ts';

/**
 * Terminates a drained instance through its Auto Scaling group, so that its hooks run and a replacement comes. Can run again: an instance that is on its way
 * out is left to it, and so is one that left its group meanwhile, since then it is somebody else's. Either gets its own replacement, so the capacity that
 * was raised for it is taken back.
 */
export async function terminateInstance(
  { cluster, instanceId, shrink }: { cluster: string; instanceId: string; shrink: boolean },
  { groups, retiring, surges }: { groups: Groups; retiring: RetiringGroups; surges: Surges },
): Promise<{ outcome: 'terminating' | 'leaving' }> {
  const membership = (await groups.memberships([instanceId])).get(instanceId);
  const stays =
    membership !== undefined && !isLeaving(membership) && !/Terminated|Detach/.test(membership.lifecycleState);
  const outcome = stays ? await retiring.terminate(instanceId, shrink) : 'leaving';
  // Forgotten only now: a step that is repeated must not raise the capacity anew.
  if (shrink && outcome === 'terminating') await surges.forget(cluster, instanceId);
  if (shrink && outcome === 'leaving') await withdrawReplacement({ cluster, instanceId }, { retiring, surges });
  return { outcome };
}
