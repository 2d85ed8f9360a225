import type { RetiringGroups } from './retire-ports.ts';

/** Whether the replacement is in service, as far as the group still wants that many. Reads only. A group that is gone replaces nothing. */
export async function checkReplacement(
  { groupName, inServiceWanted }: { groupName: string; inServiceWanted: number },
  retiring: RetiringGroups,
): Promise<{ arrived: boolean; why: string; lookAgainSeconds: number }> {
  const group = await retiring.describe(groupName);
  const inService = group?.inService.length ?? 0;
  const wanted = Math.min(inServiceWanted, group?.desiredCapacity ?? 0);
  const arrived = inService >= wanted;
  return { arrived, why: `${inService} of ${wanted} instances are in service`, lookAgainSeconds: 20 };
}
