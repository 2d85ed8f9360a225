import { type FoundMember, findMember, type MemberTarget, type Places } from './find-member.ts';
import { healthyVoters, keepingUp, mixedClusters, problemsOf, quorumOf } from './healthy-voters.ts';
import type { Alarm, ListedMember, SeenEndpoint } from './ports.ts';

/** What was seen of etcd and of its instances. */
export interface RemovalView extends Omit<Places, 'answered'> {
  readonly seen: readonly SeenEndpoint[];
  readonly alarms: readonly Alarm[];
}

/** What is to be done about a member that is to go. */
export type RemovalStep =
  /** It is on the list no more. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'move-leader'; readonly member: ListedMember; readonly to: string; readonly voters: number }
  | { readonly kind: 'remove'; readonly member: ListedMember; readonly voters: number }
  /** Not now: the others would not be a quorum. */
  | { readonly kind: 'wait'; readonly why: string }
  /** Not yet: it is unwell, but its instance stays, so it may come back. */
  | { readonly kind: 'unwell'; readonly memberId: string; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/** A member is given up for dead after so long: longer than a defragmentation, during which it answers nobody, may take. */
export const PATIENCE_SECONDS = 600;

/**
 * Whether a member may be taken off the list, and what comes first (S29). Only one whose instance leaves, or that has been unwell for ten minutes;
 * never one that answers and is well and stays; never when the others would not be a quorum by themselves.
 *
 * @param seconds for how long it is known to be unwell
 * @param whose of which member that is known: another may be at the instance, or at its address, by now; empty: of whichever is found
 */
export function nextRemoval(view: RemovalView, target: MemberTarget, seconds: number, whose = ''): RemovalStep {
  const { seen, members, alarms } = view;
  const mixed = mixedClusters(seen);
  if (mixed.length > 0) return refuse(`the endpoints are not of one cluster of etcd: ${mixed.join('; ')}`);
  const corrupt = alarms.filter(({ kind }) => kind === 'CORRUPT').map(({ memberId }) => memberId);
  if (corrupt.length > 0)
    return refuse(
      `etcd has raised the alarm CORRUPT for member ${corrupt.join(', ')}: which data are right is for a person to say`,
    );
  const answered = new Set(seen.flatMap(({ status }) => status?.memberId ?? []));
  const found = findMember(target, { ...view, answered });
  if (found.kind === 'unclear') return refuse(found.why);
  if (found.kind === 'none') return { kind: 'absent' };
  const unwellSeconds = isOf(found.member.memberId, whose) ? seconds : 0;
  if (found.kind === 'inherited')
    return whyNobodyKnows(found, target, unwellSeconds) ?? withoutIt(found.member, seen, members);
  return whyItStays(found, view, answered, unwellSeconds) ?? withoutIt(found.member, seen, members);
}

/** Whether what is known of a member is known of this one. */
export function isOf(memberId: string, whose = ''): boolean {
  return whose === '' || whose === memberId;
}

function whyItStays(
  { member, leaves, instanceId }: Extract<FoundMember, { readonly kind: 'member' }>,
  { seen, members }: RemovalView,
  answered: ReadonlySet<string>,
  unwellSeconds: number,
): RemovalStep | undefined {
  if (leaves) return undefined;
  const { memberId } = member;
  const where = instanceId === '' ? `member ${memberId}` : `member ${memberId} at ${instanceId}`;
  if (member.isLearner && answered.has(memberId)) return refuse(`${where} answers, and is joining`);
  const well = keepingUp(healthyVoters(seen, members)).some(({ status }) => status.memberId === memberId);
  if (well) return refuse(`${where} answers and is well, and its instance stays. To take both away, start node-retire`);
  if (unwellSeconds >= PATIENCE_SECONDS) return undefined;
  const how = answered.has(memberId) ? 'answers, but is not in step' : 'does not answer';
  return { kind: 'unwell', memberId, why: `${where} ${how}, and its instance is not known to be gone` };
}

/** One whose instance is gone, as far as its address tells: the instance that has it now gets the time that any member gets to come back. */
function whyNobodyKnows(
  { member: { memberId }, heir, certain }: Extract<FoundMember, { readonly kind: 'inherited' }>,
  { instanceId }: MemberTarget,
  unwellSeconds: number,
): RemovalStep | undefined {
  const silence = `member ${memberId} does not answer, and ${heir} has its address now`;
  if (unwellSeconds < PATIENCE_SECONDS) return { kind: 'unwell', memberId, why: silence };
  if (certain) return undefined;
  return refuse(`${silence}: it may have been at ${instanceId}, whose address EC2 has forgotten. Name the member`);
}

function withoutIt(member: ListedMember, seen: readonly SeenEndpoint[], members: readonly ListedMember[]): RemovalStep {
  const voters = members.filter(({ isLearner }) => !isLearner);
  const left = voters.filter(({ memberId }) => memberId !== member.memberId);
  if (left.length === 0)
    return refuse(`member ${member.memberId} is the only one that votes: without it there is no etcd`);
  const well = keepingUp(healthyVoters(seen, members)).filter(({ status }) => status.memberId !== member.memberId);
  const needed = quorumOf(left.length);
  if (well.length < needed)
    return {
      kind: 'wait',
      why:
        `without member ${member.memberId} ${left.length} members vote, a quorum of them takes ${needed}, and ${well.length} ` +
        `are known to be well (${problemsOf(seen).join('; ')})`,
    };
  const [heir] = well.toSorted((a, b) => b.status.raftAppliedIndex - a.status.raftAppliedIndex);
  const leads = seen.some(({ status }) => status?.memberId === member.memberId && status.leaderId === member.memberId);
  return leads && heir
    ? { kind: 'move-leader', member, to: heir.status.memberId, voters: voters.length }
    : { kind: 'remove', member, voters: voters.length };
}

function refuse(why: string): RemovalStep {
  return { kind: 'refuse', why };
}
