import type { ListedMember, MemberStatus, SeenEndpoint } from './ports.ts';

/** A follower that has applied so many entries fewer than another member is behind: about what a busy cluster writes in a few seconds. */
const MAX_LAG_ENTRIES = 1_000;

/** An endpoint that answered. */
export interface Answering {
  readonly url: string;
  readonly status: MemberStatus;
}

/** Voters that answered and follow the leader of the latest term, each once. */
export function healthyVoters(seen: readonly SeenEndpoint[], members: readonly ListedMember[]): readonly Answering[] {
  const voters = new Set(members.filter(({ isLearner }) => !isLearner).map(({ memberId }) => memberId));
  const byMember = new Map<string, Answering>();
  for (const { url, status } of seen) {
    if (status && status.leaderId !== '0' && voters.has(status.memberId))
      byMember.set(status.memberId, { url, status });
  }
  const term = Math.max(...[...byMember.values()].map(({ status }) => status.raftTerm));
  return [...byMember.values()].filter(({ status }) => status.raftTerm === term);
}

/** How many voters agree on anything. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Those of them that are not behind the one that is furthest. */
export function keepingUp(healthy: readonly Answering[]): readonly Answering[] {
  const furthest = Math.max(...healthy.map(({ status }) => status.raftAppliedIndex));
  return healthy.filter(({ status }) => furthest - status.raftAppliedIndex <= MAX_LAG_ENTRIES);
}

/** What each endpoint did, for people. */
export function problemsOf(seen: readonly SeenEndpoint[]): string[] {
  return seen.map(({ url, status, problem }) => {
    if (!status) return `${url}: ${problem ?? 'no answer'}`;
    const role = status.isLearner ? 'a learner' : `member ${status.memberId}`;
    return `${url}: ${role}, ${status.leaderId === '0' ? 'knows no leader' : `follows ${status.leaderId}`}, term ${status.raftTerm}`;
  });
}

/** The endpoints of each cluster of etcd, when they are not all of one; otherwise nothing. */
export function mixedClusters(seen: readonly SeenEndpoint[]): readonly string[] {
  const ids = new Set(seen.flatMap(({ status }) => status?.clusterId ?? []));
  return ids.size > 1 ? seen.flatMap(({ url, status }) => (status ? `${url} is of ${status.clusterId}` : [])) : [];
}
