import type { RetiringGroups } from './retire-ports.ts';

/**
 * Takes the raised desired capacity back, when the drain that it was for has failed: the group shrinks by its own rules. A capacity that somebody has
 * changed meanwhile is left alone. Can run again.
 */
export async function withdrawReplacement(
  { groupName, desiredBefore }: { groupName: string; desiredBefore: number },
  retiring: RetiringGroups,
): Promise<{ withdrawn: boolean }> {
  if ((await retiring.desiredCapacity(groupName)) !== desiredBefore + 1) return { withdrawn: false };
  await retiring.setDesiredCapacity(groupName, desiredBefore);
  return { withdrawn: true };
}
