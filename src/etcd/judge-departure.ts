import { lookAtEtcd } from './ask-members.ts';
import { healthyVoters, keepingUp, mixedClusters, problemsOf, quorumOf } from './healthy-voters.ts';
import { isAt } from './member-place.ts';
import type { MemberPlace } from './member-ports.ts';
import type { Alarm, EtcdMember, ListedMember, SeenEndpoint } from './ports.ts';

/** Whether etcd can spare a member, and why not. `unknown`: nobody can say, which counts as no. */
export interface DepartureJudgement {
  readonly quorum: 'kept' | 'lost' | 'unknown';
  /** Empty when it is kept. */
  readonly why: string;
}

/**
 * Asks etcd itself whether it can spare the member of an instance that is to leave (S19). Reads only. That endpoints do not
 * answer is an answer: `unknown`.
 */
export async function askAboutDeparture(
  place: MemberPlace,
  endpoints: readonly EtcdMember[],
): Promise<DepartureJudgement> {
  try {
    const view = await lookAtEtcd(endpoints);
    return 'why' in view ? unknown(view.why) : judgeDeparture(place, view.seen, view.members, view.alarms);
  } catch (error) {
    return unknown(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

/**
 * Whether the others are a quorum without the member of this place, also while that one is still on the list: it is
 * switched off before anybody can be sure that it was removed. So one or two members spare none, and of three both others have
 * to be well. A silent member may be well and out of reach from here: then nobody can say.
 */
export function judgeDeparture(
  place: MemberPlace,
  seen: readonly SeenEndpoint[],
  members: readonly ListedMember[],
  alarms: readonly Alarm[],
): DepartureJudgement {
  const mixed = mixedClusters(seen);
  if (mixed.length > 0) return unknown(`the endpoints are not of one cluster of etcd: ${mixed.join('; ')}`);
  const alarmed = alarms.map(({ kind, memberId }) => `${kind} of member ${memberId}`);
  if (alarmed.length > 0) return unknown(`etcd has raised an alarm: ${alarmed.join(', ')}`);
  const found = members.filter((member) => isAt(member, place));
  const [leaving] = found;
  if (!leaving || found.length > 1)
    return unknown(`${found.length} of the ${members.length} members of etcd are at ${place.instanceId}, not one`);
  const joining = members.find(({ isLearner, memberId }) => isLearner && memberId !== leaving.memberId);
  if (joining) return unknown(`member ${joining.memberId} is joining, and is a learner yet`);
  return judgeOthers(leaving, seen, members);
}

function judgeOthers(
  leaving: ListedMember,
  seen: readonly SeenEndpoint[],
  members: readonly ListedMember[],
): DepartureJudgement {
  const voters = members.filter(({ isLearner }) => !isLearner);
  const others = voters.filter(({ memberId }) => memberId !== leaving.memberId);
  const well = keepingUp(healthyVoters(seen, members)).filter(({ status }) => status.memberId !== leaving.memberId);
  const answered = new Set(seen.flatMap(({ status }) => status?.memberId ?? []));
  const silent = others.filter(({ memberId }) => !answered.has(memberId));
  const needed = quorumOf(voters.length);
  if (well.length >= needed) return { quorum: 'kept', why: '' };
  const numbers = `of ${voters.length} voting members a quorum takes ${needed}, and ${well.length} of the others are known to be well`;
  const why = `${numbers} (${problemsOf(seen).join('; ')})`;
  return well.length + silent.length >= needed ? unknown(why) : { quorum: 'lost', why };
}

function unknown(why: string): DepartureJudgement {
  return { quorum: 'unknown', why };
}
