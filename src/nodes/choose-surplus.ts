import type { Instances } from './ports.ts';
import type { GroupMember } from './retire-ports.ts';

/**
 * Which member of a group was launched because its capacity was raised, and can best be spared: one that does not serve yet, else the youngest. Never one that was there before,
 * nor the one that it was launched for. undefined: nobody can say. Reads only.
 */
export async function chooseSurplus(
  staying: readonly GroupMember[],
  { instanceId, surgedAt }: { readonly instanceId: string; readonly surgedAt: string },
  instances: Pick<Instances, 'describe'>,
): Promise<string | undefined> {
  if (surgedAt === '') return undefined;
  const others = staying.filter((one) => one.instanceId !== instanceId);
  const known = await instances.describe(others.map((one) => one.instanceId));
  const launchedAt = (one: GroupMember) => known.get(one.instanceId)?.launchedAt ?? '';
  const serves = ({ lifecycleState }: GroupMember) => (lifecycleState === 'InService' ? 1 : 0);
  // One that EC2 does not know yet is young, too; but one that it cannot find for another reason may be old.
  const launched = others.filter((one) => Date.parse(launchedAt(one)) >= wholeSecond(surgedAt));
  const [first] = launched.toSorted(
    (a, b) => serves(a) - serves(b) || Date.parse(launchedAt(b)) - Date.parse(launchedAt(a)),
  );
  return first?.instanceId;
}

/** EC2 tells launch times in whole seconds. */
function wholeSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1000) * 1000;
}
