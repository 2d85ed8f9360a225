import { assertSound } from './assert-sound.ts';
import { EtcdNotWell, EtcdStillFull } from './errors.ts';
import { type Answering, healthyVoters, keepingUp, problemsOf } from './healthy-voters.ts';
import type { Alarm, ListedMember, SeenEndpoint } from './ports.ts';

/** When a defragmentation is worth that a member answers nobody for a while. */
export interface MaintenancePolicy {
  /** How much of a database is in use at most. */
  readonly defragmentBelowPercent: number;
  /** Smaller databases are left as they are. */
  readonly minimumMebibytes: number;
}

/** What a run has done so far. */
export interface MaintenanceProgress {
  readonly compacted: boolean;
  readonly defragmented: readonly {
    readonly memberId: string;
    readonly bytesBefore: number;
    readonly bytesAfter: number;
  }[];
  readonly leaderMoves: number;
  readonly disarmed: boolean;
}

export type MaintenanceStep =
  | { readonly kind: 'compact'; readonly revision: number }
  | { readonly kind: 'defragment'; readonly memberId: string }
  | { readonly kind: 'move-leader'; readonly from: string; readonly to: string }
  | { readonly kind: 'disarm'; readonly alarms: readonly Alarm[] }
  | { readonly kind: 'done' };

/** What was seen of etcd. */
export interface EtcdView {
  readonly seen: readonly SeenEndpoint[];
  readonly members: readonly ListedMember[];
  readonly alarms: readonly Alarm[];
}

/** One that comes back so often is wanted where it is. */
const MOST_LEADER_MOVES = 3;
/** Etcd that has so much less than before its alarm has room again: the alarm comes at the quota, which older releases do not tell. */
const FREED = 0.8;
const MIB = 1024 * 1024;

/**
 * The next step of maintenance, or that there is none (S29): followers first, then the leader once it leads no more; nothing while
 * any member is unwell. Out of space: compact, defragment all, and disarm only when space is really free.
 *
 * @throws EtcdNotWell, EtcdStillFull, EtcdDataCorrupt, EtcdEndpointsMixed
 */
export function nextMaintenance(
  view: EtcdView,
  progress: MaintenanceProgress,
  policy: MaintenancePolicy,
): MaintenanceStep {
  const voters = votersThatAreWell(view);
  const full = view.alarms.filter(({ kind }) => kind === 'NOSPACE');
  if (full.length > 0 && progress.disarmed) throw new EtcdStillFull(sizesOf(voters));
  if (full.length > 0 && !progress.compacted)
    return { kind: 'compact', revision: Math.min(...voters.map(({ status }) => status.revision)) };
  const done = new Set(progress.defragmented.map(({ memberId }) => memberId));
  const due = voters.filter((one) => !done.has(one.status.memberId) && (full.length > 0 || isWorthIt(one, policy)));
  if (due.length > 0) return nextMember(due, voters, progress);
  if (full.length === 0) return { kind: 'done' };
  const before = Math.max(...progress.defragmented.map(({ bytesBefore }) => bytesBefore));
  if (voters.some(({ status }) => status.databaseBytes > before * FREED)) throw new EtcdStillFull(sizesOf(voters));
  return { kind: 'disarm', alarms: full };
}

function nextMember(
  due: readonly Answering[],
  voters: readonly Answering[],
  { leaderMoves }: MaintenanceProgress,
): MaintenanceStep {
  const [follower] = due
    .map(({ status }) => status)
    .filter(({ memberId, leaderId }) => memberId !== leaderId)
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  if (follower) return { kind: 'defragment', memberId: follower.memberId };
  const from = due[0]?.status.memberId ?? '';
  const [heir] = voters
    .map(({ status }) => status)
    .filter(({ memberId }) => memberId !== from)
    .sort((a, b) => b.raftAppliedIndex - a.raftAppliedIndex || (a.memberId < b.memberId ? -1 : 1));
  // A single member has nobody to lead meanwhile.
  if (!heir) return { kind: 'defragment', memberId: from };
  if (leaderMoves >= MOST_LEADER_MOVES)
    throw new EtcdNotWell(`leadership came back to member ${from} each time that it was moved`, []);
  return { kind: 'move-leader', from, to: heir.memberId };
}

/** All voters, each of them in step: with one of them away the others bear that another one is stopped no more. */
function votersThatAreWell({ seen, members, alarms }: EtcdView): readonly Answering[] {
  assertSound(seen, alarms);
  const joining = members.filter(({ isLearner, name }) => isLearner || name === '');
  if (joining.length > 0) throw new EtcdNotWell(`member ${joining[0]?.memberId} is joining`, problemsOf(seen));
  const well = keepingUp(healthyVoters(seen, members));
  if (members.length === 0 || well.length < members.length)
    throw new EtcdNotWell(`${well.length} of ${members.length} members are known to be well`, problemsOf(seen));
  return well;
}

function isWorthIt({ status }: Answering, { defragmentBelowPercent, minimumMebibytes }: MaintenancePolicy): boolean {
  const { databaseBytes, databaseBytesInUse } = status;
  return databaseBytes >= minimumMebibytes * MIB && databaseBytesInUse * 100 < databaseBytes * defragmentBelowPercent;
}

function sizesOf(voters: readonly Answering[]): string[] {
  return voters.map(
    ({ url, status }) => `${url}: ${status.databaseBytes} bytes, ${status.databaseBytesInUse} of them in use`,
  );
}
