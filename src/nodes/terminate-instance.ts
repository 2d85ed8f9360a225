import { InstanceDetached } from './errors.ts';
import { isLeaving } from './is-leaving.ts';
import type { Groups, Instances } from './ports.ts';
import type { RetiringGroups } from './retire-ports.ts';

/**
 * Terminates a drained instance through its Auto Scaling group, so that its hooks run and a replacement comes. Can run again: an instance that is on its way
 * out is left to it.
 *
 * @param atLeast desired capacity does not shrink below this: somebody else may have asked for less since the replacement was launched, and would lose one more
 * @throws InstanceDetached when it left its group meanwhile and stays: then it is somebody else's, and to serve again
 */
export async function terminateInstance(
  { instanceId, shrink, atLeast }: { instanceId: string; shrink: boolean; atLeast: number },
  { groups, instances, retiring }: { groups: Groups; instances: Pick<Instances, 'describe'>; retiring: RetiringGroups },
): Promise<{ outcome: 'terminating' | 'leaving'; shrunk: boolean }> {
  const membership = (await groups.memberships([instanceId])).get(instanceId);
  if (!membership || /^Detach/.test(membership.lifecycleState)) {
    const state = (await instances.describe([instanceId])).get(instanceId)?.state ?? 'terminated';
    if (state === 'terminated' || state === 'shutting-down') return { outcome: 'leaving', shrunk: false };
    throw new InstanceDetached(instanceId, state);
  }
  if (isLeaving(membership) || membership.lifecycleState.includes('Terminated'))
    return { outcome: 'leaving', shrunk: false };
  const shrinks = shrink && ((await retiring.desiredCapacity(membership.groupName)) ?? 0) > atLeast;
  const outcome = await retiring.terminate(instanceId, shrinks);
  return { outcome, shrunk: shrinks && outcome === 'terminating' };
}
