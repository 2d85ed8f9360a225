import { firstAnswer, lookAtEach, lookAtEtcd, type OpenMember } from './ask-members.ts';
import { healthyVoters, keepingUp, problemsOf } from './healthy-voters.ts';
import { judgeLostQuorum } from './judge-lost-quorum.ts';
import { isAddress, isAt, outsideHostsOf } from './member-place.ts';
import type { RestoreOffer } from './offer-restore.ts';
import type { Alarm, EtcdMember, ListedMember, SeenEndpoint } from './ports.ts';
import type { ControlPlaneMachine, ControlPlaneMachines } from './restore-ports.ts';

/** How etcd is, member by member. */
export interface EtcdHealth {
  readonly quorum: 'kept' | 'lost' | 'unknown';
  readonly members: readonly MemberHealth[];
  readonly alarms: readonly Alarm[];
  /** Where the quorum is lost: what could be restored; null: nothing, a text: why nobody could see that. */
  readonly restore?: RestoreOffer | string | null;
}

/** What a restore would go back to, by what members were seen at. */
export type Offer = (seen: readonly SeenEndpoint[]) => Promise<RestoreOffer | undefined>;

export interface MemberHealth {
  /** Hexadecimal, as etcdctl shows it. */
  readonly memberId: string;
  readonly name: string;
  /** Empty when no instance has its address. */
  readonly instanceId: string;
  /** It answers, follows the leader of the latest term, and is not behind. */
  readonly healthy: boolean;
  readonly leader: boolean;
  readonly learner: boolean;
  /** Why it is not healthy; empty when it is. */
  readonly problem: string;
  /** null when it did not answer. */
  readonly databaseBytes: number | null;
  /** null when it did not answer, or does not say: etcd before 3.6. */
  readonly quotaBytes: number | null;
  /** Entries behind the member that is ahead; null when it did not answer. */
  readonly raftLag: number | null;
}

/**
 * Looks at each member. Without a leader it is said whether the quorum is lost for good, which EC2 has a say in (S28).
 * @throws what asking a member for the list throws, and what the ports throw
 */
export async function etcdHealth(
  endpoints: readonly EtcdMember[],
  openMember: OpenMember,
  controlPlane: ControlPlaneMachines,
  offer: Offer,
): Promise<EtcdHealth> {
  const [view, instances] = await Promise.all([lookAtEtcd(endpoints, openMember), controlPlane.machines()]);
  if ('why' in view) return withoutLeader(endpoints, instances, controlPlane, offer);
  const { seen, members, alarms } = view;
  return { quorum: 'kept', members: membersOf(seen, members, instances), alarms };
}

async function withoutLeader(
  endpoints: readonly EtcdMember[],
  instances: readonly ControlPlaneMachine[],
  controlPlane: Pick<ControlPlaneMachines, 'inUse'>,
  offer: Offer,
): Promise<EtcdHealth> {
  const seen = await lookAtEach(endpoints);
  const answering = endpoints.filter((_, index) => seen[index]?.status !== undefined);
  // By a member's own list: without a quorum there is no other.
  const members = await firstAnswer(answering, (member) => member.members()).catch(() => []);
  const inUse = await controlPlane.inUse(members.flatMap(outsideHostsOf).filter(isAddress));
  const { quorum } = judgeLostQuorum({ seen, members, instances, nodes: [], inUse });
  const found = { quorum, members: membersOf(seen, members, instances), alarms: [] };
  return quorum === 'lost' ? { ...found, restore: await offered(seen, offer) } : found;
}

/** That nobody can say what there is to restore hides no quorum that is lost. */
async function offered(seen: readonly SeenEndpoint[], offer: Offer): Promise<RestoreOffer | string | null> {
  try {
    return (await offer(seen)) ?? null;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function membersOf(
  seen: readonly SeenEndpoint[],
  members: readonly ListedMember[],
  instances: readonly ControlPlaneMachine[],
): readonly MemberHealth[] {
  const voters = healthyVoters(seen, members);
  const well = new Set(keepingUp(voters).map(({ status }) => status.memberId));
  const furthest = Math.max(0, ...voters.map(({ status }) => status.raftAppliedIndex));
  return members.map((member) => {
    const { memberId, name, isLearner } = member;
    const status = seen.find((one) => one.status?.memberId === memberId)?.status;
    const healthy = well.has(memberId) || (isLearner && status !== undefined);
    return {
      memberId,
      name,
      instanceId: instances.find((one) => isAt(member, one))?.instanceId ?? '',
      healthy,
      leader: status?.leaderId === memberId,
      learner: isLearner,
      problem: healthy ? '' : problemOf(member, seen),
      databaseBytes: status?.databaseBytes ?? null,
      quotaBytes: status?.quotaBytes || null,
      raftLag: status ? Math.max(0, furthest - status.raftAppliedIndex) : null,
    };
  });
}

function problemOf({ memberId, clientUrls }: ListedMember, seen: readonly SeenEndpoint[]): string {
  const own = seen.filter(({ url, status }) => status?.memberId === memberId || clientUrls.includes(url));
  return own.length > 0 ? problemsOf(own).join('; ') : 'it does not answer, and no endpoint leads to it';
}
