import type { RetiringGroups } from './retire-ports.ts';

/**
 * Lets a group launch an instance before another one of it is drained, by raising its desired capacity by one over what was noted in the ledger before.
 * Can run again: a capacity that is raised already, by this step or by somebody else, is left alone.
 */
export async function launchReplacement(
  { groupName, desiredBefore }: { groupName: string; desiredBefore: number },
  retiring: RetiringGroups,
): Promise<{ inServiceWanted: number }> {
  const desired = await retiring.desiredCapacity(groupName);
  const wanted = desiredBefore + 1;
  if (desired !== undefined && desired < wanted) await retiring.setDesiredCapacity(groupName, wanted);
  return { inServiceWanted: wanted };
}
