import { lookAtEtcd, type OpenMember } from './ask-members.ts';
import { healthyVoters, keepingUp } from './healthy-voters.ts';
import { isAt } from './member-place.ts';
import type { ChangeableMember, MemberDirectory } from './member-ports.ts';

/** Whether the member at an instance votes and is well, or why that is not known. Reads only. What etcd does not answer is no. */
export async function findVoter(
  instanceId: string,
  endpoints: readonly ChangeableMember[],
  directory: MemberDirectory,
  openMember: OpenMember,
): Promise<{ readonly voter: boolean; readonly why: string }> {
  const [view, { instances }] = await Promise.all([lookAtEtcd(endpoints, openMember), directory.of('')]);
  if ('why' in view) return no(view.why);
  const { seen, members } = view;
  const instance = instances.find((one) => one.instanceId === instanceId);
  const member = instance && members.find((one) => isAt(one, instance));
  if (!member) return no(`no member of etcd is at ${instanceId} yet`);
  if (member.isLearner) return no(`member ${member.memberId} of etcd is a learner yet`);
  const well = keepingUp(healthyVoters(seen, members)).some(({ status }) => status.memberId === member.memberId);
  return well ? { voter: true, why: '' } : no(`member ${member.memberId} of etcd is not known to be well`);
}

function no(why: string) {
  return { voter: false, why };
}
