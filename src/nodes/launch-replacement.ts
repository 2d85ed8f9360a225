import type { RetiringGroups, Surges } from './retire-ports.ts';

/** Whether a replacement is on its way. */
export interface Replacement {
  readonly launched: boolean;
  /** Why not: the group is at its maximum. */
  readonly why: string;
  /** Instances that are in service once it has come. */
  readonly inServiceWanted: number;
}

/**
 * Lets a group launch an instance before another one of it is drained, by raising its desired capacity by one. A group that may not grow is
 * drained without.
 *
 * What the capacity was is noted first, so that a repeated step sets the same number again instead of raising it twice.
 */
export async function launchReplacement(
  { cluster, instanceId, groupName }: { cluster: string; instanceId: string; groupName: string },
  { retiring, surges }: { retiring: RetiringGroups; surges: Surges },
): Promise<Replacement> {
  const group = await retiring.describe(groupName);
  const noted = await surges.noted(cluster, instanceId);
  if (!group || (noted === undefined && group.desiredCapacity >= group.maxSize)) {
    const why = group ? `group ${groupName} is at its maximum of ${group.maxSize}` : `group ${groupName} is gone`;
    return { launched: false, why, inServiceWanted: 0 };
  }
  const desiredBefore = noted?.desiredBefore ?? group.desiredCapacity;
  if (noted === undefined) await surges.note(cluster, instanceId, { groupName, desiredBefore });
  if (group.desiredCapacity <= desiredBefore) await retiring.setDesiredCapacity(groupName, desiredBefore + 1);
  return { launched: true, why: '', inServiceWanted: desiredBefore + 1 };
}
