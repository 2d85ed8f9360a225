import { chooseSurplus } from './choose-surplus.ts';
import type { Instances } from './ports.ts';
import type { GroupMember, RetiringGroups } from './retire-ports.ts';

/** What became of a raised capacity. */
export interface Withdrawal {
  /** Whether the group's desired capacity went down by this. */
  readonly withdrawn: boolean;
  /** In words, for people. */
  readonly why: string;
}

/**
 * Takes the raised desired capacity of a group back, when what it was for does not take place. What was launched for it goes, through the group and its terminate hook, and no
 * node that served before: when desired capacity is merely lowered, Auto Scaling chooses, and by its default policy the oldest. Only where nobody can say what was launched it is lowered all the same.
 * A capacity that somebody has changed meanwhile is left alone. Can run again: a capacity that is back is left alone, too.
 *
 * @param input.instanceId what was to go, and stays; never the surplus
 * @param input.surgedAt when the capacity was noted before it was raised; ISO 8601, empty when nobody knows
 */
export async function withdrawReplacement(
  input: {
    readonly groupName: string;
    readonly desiredBefore: number;
    readonly instanceId: string;
    readonly surgedAt: string;
  },
  { retiring, instances }: { retiring: RetiringGroups; instances: Pick<Instances, 'describe'> },
): Promise<Withdrawal> {
  const { groupName, desiredBefore } = input;
  const group = await retiring.members(groupName);
  if (!group) return { withdrawn: false, why: `group ${groupName} is gone` };
  const { desiredCapacity, minSize } = group;
  if (desiredCapacity !== desiredBefore + 1)
    return { withdrawn: false, why: `group ${groupName} wants ${desiredCapacity} instances, and is left so` };
  if (minSize > desiredBefore)
    return {
      withdrawn: false,
      why: `group ${groupName} has a minimum of ${minSize} by now, and keeps what was launched`,
    };
  const lower = async (why: string): Promise<Withdrawal> => {
    await retiring.setDesiredCapacity(groupName, desiredBefore);
    return { withdrawn: true, why };
  };
  const staying = group.members.filter(({ lifecycleState }) => /^(Pending|InService)/.test(lifecycleState));
  const surplus = await chooseSurplus(staying, input, instances);
  if (staying.length <= desiredBefore) return lower(whoStays(staying, input, surplus));
  const unknown = 'nobody can say which instance was launched for it: Auto Scaling chooses which one goes';
  if (surplus === undefined) return lower(unknown);
  if ((await retiring.terminate(surplus, true)) === 'terminating')
    return { withdrawn: true, why: `${surplus} was launched for it, and goes` };
  // On its way out by itself, or not far enough to be let go through the group.
  if ((await retiring.desiredCapacity(groupName)) !== desiredCapacity)
    return { withdrawn: false, why: `${surplus} was launched for it, and leaves already` };
  return lower(
    `${surplus} was launched for it, and its group does not let it go yet: Auto Scaling chooses which one goes`,
  );
}

/** In a group that has no more than it is to have without one that leaves: what was launched takes its place. */
function whoStays(
  staying: readonly GroupMember[],
  { groupName, instanceId }: { readonly groupName: string; readonly instanceId: string },
  surplus: string | undefined,
): string {
  const enough = `group ${groupName} has no more than it is to have`;
  if (surplus !== undefined) return `${surplus} was launched for it, and stays: ${enough}`;
  const isThere = staying.some((one) => one.instanceId === instanceId);
  return isThere
    ? `group ${groupName} has launched nobody for it, and does not now`
    : `${instanceId} leaves, and without it ${enough}`;
}
