import { EtcdDataCorrupt, EtcdEndpointsMixed, EtcdQuorumNotSeen } from './errors.ts';
import type { Alarm, ListedMember, MemberStatus } from './ports.ts';

/** What came of asking one endpoint: its status, or why there is none. */
export interface SeenEndpoint {
  readonly url: string;
  readonly status?: MemberStatus;
  readonly problem?: string;
}

/** A follower that has applied so many entries fewer than another member is behind: about what a busy cluster writes in a few seconds. */
const MAX_LAG_ENTRIES = 1_000;

/**
 * The member to take a snapshot from: of the followers that keep up the one that is furthest, so that the leader has no more
 * to do than it has; the leader where there is no such follower (S23). A full disk (NOSPACE) does not hinder it.
 *
 * @throws EtcdQuorumNotSeen, EtcdDataCorrupt, EtcdEndpointsMixed
 */
export function chooseMember(
  seen: readonly SeenEndpoint[],
  members: readonly ListedMember[],
  alarms: readonly Alarm[],
): { readonly url: string; readonly status: MemberStatus } {
  assertOneCluster(seen);
  const corrupt = alarms.filter(({ kind }) => kind === 'CORRUPT').map(({ memberId }) => memberId);
  if (corrupt.length > 0) throw new EtcdDataCorrupt(corrupt);
  const healthy = healthyVoters(seen, members);
  const furthest = Math.max(...healthy.map(({ status }) => status.raftAppliedIndex));
  const keepsUp = healthy.filter(({ status }) => furthest - status.raftAppliedIndex <= MAX_LAG_ENTRIES);
  const followers = keepsUp.filter(({ status }) => status.memberId !== status.leaderId);
  const [best] = [...(followers.length > 0 ? followers : keepsUp)].sort(
    (a, b) => b.status.raftAppliedIndex - a.status.raftAppliedIndex || (a.url < b.url ? -1 : 1),
  );
  if (!best) throw new EtcdQuorumNotSeen(0, members.length, problemsOf(seen));
  return best;
}

interface Answering {
  readonly url: string;
  readonly status: MemberStatus;
}

/** Voters that answered and follow the leader of the latest term, each once. */
function healthyVoters(seen: readonly SeenEndpoint[], members: readonly ListedMember[]): readonly Answering[] {
  const voters = new Set(members.filter(({ isLearner }) => !isLearner).map(({ memberId }) => memberId));
  const byMember = new Map<string, Answering>();
  for (const { url, status } of seen) {
    if (status && status.leaderId !== '0' && voters.has(status.memberId))
      byMember.set(status.memberId, { url, status });
  }
  const term = Math.max(...[...byMember.values()].map(({ status }) => status.raftTerm));
  const healthy = [...byMember.values()].filter(({ status }) => status.raftTerm === term);
  if (healthy.length < Math.floor(voters.size / 2) + 1) {
    throw new EtcdQuorumNotSeen(healthy.length, voters.size, problemsOf(seen));
  }
  return healthy;
}

function assertOneCluster(seen: readonly SeenEndpoint[]): void {
  const ids = new Set(seen.flatMap(({ status }) => status?.clusterId ?? []));
  if (ids.size > 1) {
    throw new EtcdEndpointsMixed(seen.flatMap(({ url, status }) => (status ? `${url} is of ${status.clusterId}` : [])));
  }
}

function problemsOf(seen: readonly SeenEndpoint[]): string[] {
  return seen.map(({ url, status, problem }) => {
    if (!status) return `${url}: ${problem ?? 'no answer'}`;
    const role = status.isLearner ? 'a learner' : `member ${status.memberId}`;
    return `${url}: ${role}, ${status.leaderId === '0' ? 'knows no leader' : `follows ${status.leaderId}`}, term ${status.raftTerm}`;
  });
}
