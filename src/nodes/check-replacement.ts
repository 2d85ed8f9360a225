import type { RetiringGroups } from './retire-ports.ts';

/** Whether the replacement is in service, as far as the group still wants that many. Reads only. A group that is gone replaces nothing. */
export async function checkReplacement(
  { groupName, inServiceWanted }: { groupName: string; inServiceWanted: number },
  retiring: RetiringGroups,
): Promise<{ arrived: boolean; why: string; lookAgainSeconds: number }> {
  const { inService, desiredCapacity } = (await retiring.capacity(groupName)) ?? { inService: 0, desiredCapacity: 0 };
  const wanted = Math.min(inServiceWanted, desiredCapacity);
  const arrived = inService >= wanted;
  return { arrived, why: `${inService} of ${wanted} instances are in service`, lookAgainSeconds: 20 };
}
