import { assertSound } from './assert-sound.ts';
import { EtcdQuorumNotSeen } from './errors.ts';
import { type Answering, healthyVoters, keepingUp, problemsOf, quorumOf } from './healthy-voters.ts';
import type { Alarm, ListedMember, SeenEndpoint } from './ports.ts';

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
): Answering {
  assertSound(seen, alarms);
  const healthy = healthyVoters(seen, members);
  const voters = members.filter(({ isLearner }) => !isLearner).length;
  if (healthy.length < quorumOf(voters)) throw new EtcdQuorumNotSeen(healthy.length, voters, problemsOf(seen));
  const keepsUp = keepingUp(healthy);
  const followers = keepsUp.filter(({ status }) => status.memberId !== status.leaderId);
  const [best] = [...(followers.length > 0 ? followers : keepsUp)].sort(
    (a, b) => b.status.raftAppliedIndex - a.status.raftAppliedIndex || (a.url < b.url ? -1 : 1),
  );
  if (!best) throw new EtcdQuorumNotSeen(0, members.length, problemsOf(seen));
  return best;
}
