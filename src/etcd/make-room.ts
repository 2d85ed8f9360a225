import { type EtcdView, lookAtEtcd, type OpenMember } from './ask-members.ts';
import { healthyVoters, keepingUp, mixedClusters, problemsOf } from './healthy-voters.ts';
import type { ChangeableMember, MemberDirectory, MemberInstance } from './member-ports.ts';
import { removeMember } from './remove-member.ts';

/** Whether etcd can take another member, and why not. */
export interface Room {
  readonly ready: boolean;
  /** For people; empty when it can. */
  readonly why: string;
}

/**
 * Whether etcd can take another member now: all that are on its list vote, are well and in step, and no alarm stands. Etcd refuses a new one while a member is dead, so
 * one whose instance is gone is taken off the list first (S29). It can run again: each look finds what is.
 *
 * @param newcomer the instance that is to join, on which no member runs yet: a voter that is silent at its address is of an instance that had that address before
 * @throws what the ports throw
 */
export async function makeRoom(
  newcomer: string,
  endpoints: readonly ChangeableMember[],
  directory: MemberDirectory,
  openMember: OpenMember,
  now: Date,
): Promise<Room> {
  const first = await lookAtEtcd(endpoints, openMember);
  if ('why' in first) return { ready: false, why: first.why };
  const answered = new Set(first.seen.flatMap(({ status }) => status?.memberId ?? []));
  const others = withoutNewcomer(newcomer, directory);
  const silent = first.members.filter(({ memberId }) => !answered.has(memberId));
  for (const { memberId, isLearner } of silent) {
    const order = { memberId, instanceId: '', ipAddress: '', unwellSince: '', plan: false };
    const { outcome, why } = await removeMember(order, endpoints, isLearner ? directory : others, openMember, now);
    if (outcome !== 'removed' && outcome !== 'absent') return { ready: false, why };
  }
  const then = silent.length === 0 ? first : await lookAtEtcd(endpoints, openMember);
  return 'why' in then ? { ready: false, why: then.why } : judge(then);
}

/** AWS gives an address again within minutes in a small subnet. */
function withoutNewcomer(newcomer: string, directory: MemberDirectory): MemberDirectory {
  const isIt = ({ instanceId }: MemberInstance) => instanceId === newcomer;
  return {
    async of(instanceId) {
      const { instances, ...rest } = await directory.of(instanceId);
      return { ...rest, instances: instances.filter((one) => !isIt(one)) };
    },
    async inUse(addresses) {
      const [used, { instances }] = await Promise.all([directory.inUse(addresses), directory.of(newcomer)]);
      const own = new Set(instances.filter(isIt).flatMap(({ hosts }) => hosts));
      return new Set([...used].filter((address) => !own.has(address)));
    },
  };
}

function judge({ seen, members, alarms }: EtcdView): Room {
  const mixed = mixedClusters(seen);
  if (mixed.length > 0)
    return { ready: false, why: `the endpoints are not of one cluster of etcd: ${mixed.join('; ')}` };
  if (alarms.length > 0)
    return { ready: false, why: `etcd has raised an alarm: ${alarms.map(({ kind }) => kind).join(', ')}` };
  const joining = members.find(({ isLearner }) => isLearner);
  if (joining) return { ready: false, why: `member ${joining.memberId} of etcd is joining` };
  const well = keepingUp(healthyVoters(seen, members));
  if (well.length === members.length) return { ready: true, why: '' };
  const numbers = `${well.length} of ${members.length} members of etcd are known to be well`;
  return { ready: false, why: `${numbers} (${problemsOf(seen).join('; ')})` };
}
