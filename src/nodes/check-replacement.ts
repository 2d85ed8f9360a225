import type { RetiringGroups } from './retire-ports.ts';

/** Whether the replacement is in service. Reads only. A group that is gone replaces nothing. */
export async function checkReplacement(
  { groupName, inServiceWanted }: { groupName: string; inServiceWanted: number },
  retiring: RetiringGroups,
): Promise<{ arrived: boolean; why: string; lookAgainSeconds: number }> {
  const group = await retiring.describe(groupName);
  const inService = group?.inService.length ?? 0;
  const arrived = !group || inService >= inServiceWanted;
  return { arrived, why: `${inService} of ${inServiceWanted} instances are in service`, lookAgainSeconds: 20 };
}
