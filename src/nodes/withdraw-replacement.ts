import type { RetiringGroups, Surges } from './retire-ports.ts';

/**
 * Takes the raised desired capacity back, when the drain that it was for has failed: the group shrinks by its own rules. A capacity that somebody has
 * changed meanwhile is left alone. Can run again.
 */
export async function withdrawReplacement(
  { cluster, instanceId, groupName }: { cluster: string; instanceId: string; groupName: string },
  { retiring, surges }: { retiring: RetiringGroups; surges: Surges },
): Promise<{ withdrawn: boolean }> {
  const [group, desiredBefore] = await Promise.all([retiring.describe(groupName), surges.noted(cluster, instanceId)]);
  const raised = group !== undefined && desiredBefore !== undefined && group.desiredCapacity === desiredBefore + 1;
  if (raised) await retiring.setDesiredCapacity(groupName, desiredBefore);
  await surges.forget(cluster, instanceId);
  return { withdrawn: raised };
}
