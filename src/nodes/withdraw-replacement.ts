import type { RetiringGroups, Surges } from './retire-ports.ts';

/**
 * Takes the raised desired capacity back, when the drain that it was for has failed: the group shrinks by its own rules. A capacity that somebody has
 * changed meanwhile is left alone. Can run again.
 */
export async function withdrawReplacement(
  { cluster, instanceId }: { cluster: string; instanceId: string },
  { retiring, surges }: { retiring: RetiringGroups; surges: Surges },
): Promise<{ withdrawn: boolean }> {
  const noted = await surges.noted(cluster, instanceId);
  if (!noted) return { withdrawn: false };
  // The group is the one that was raised: the instance may have left it meanwhile.
  const group = await retiring.describe(noted.groupName);
  const raised = group?.desiredCapacity === noted.desiredBefore + 1;
  if (raised) await retiring.setDesiredCapacity(noted.groupName, noted.desiredBefore);
  await surges.forget(cluster, instanceId);
  return { withdrawn: raised };
}
