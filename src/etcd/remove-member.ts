import { agreedOn, following, lookAtEtcd, type OpenMember } from './ask-members.ts';
import type { MemberTarget } from './find-member.ts';
import { hostsOf, isAddress } from './member-place.ts';
import type { ChangeableMember, MemberDirectory } from './member-ports.ts';
import { isOf, nextRemoval, type RemovalStep, type RemovalView } from './next-removal.ts';
import type { ListedMember, SeenEndpoint } from './ports.ts';

/** A member that is to go. */
export interface RemovalOrder extends MemberTarget {
  /** Since when it is known to be unwell; ISO 8601, empty when it is not. */
  readonly unwellSince: string;
  /** Which member that was; empty or not there: whichever is found. */
  readonly unwellMember?: string | undefined;
  /** Whether it is only said what would be done. */
  readonly plan: boolean;
}

/** What came of one look. */
export interface RemovalTurn {
  /**
   * `removed`: now. `absent`: it was on the list no more, or never. `wait`: the others would not be a quorum. `unwell`: it may come back.
   * `refused`: nothing that waiting would change. `planned`: it could be removed now.
   */
  readonly outcome: 'removed' | 'absent' | 'wait' | 'unwell' | 'refused' | 'planned';
  /** For people. */
  readonly why: string;
  /** Empty where none was found. */
  readonly memberId: string;
  readonly peerUrls: readonly string[];
  /** How many members voted before; 0 when none was found. */
  readonly voters: number;
  readonly unwellSince: string;
}

/** Leadership is moved so often at most; a leader that is removed gives it up anyway. */
const MOST_LEADER_MOVES = 1;

/**
 * Takes a member off etcd's list if that harms nobody, leadership moved away from it first. Looks before each step, so that it can run again:
 * a member that is off the list stays so, and an answer that was lost is found by the next look.
 *
 * @throws what the ports throw
 */
export async function removeMember(
  order: RemovalOrder,
  endpoints: readonly ChangeableMember[],
  directory: MemberDirectory,
  openMember: OpenMember,
  now: Date,
): Promise<RemovalTurn> {
  const unwellSeconds = order.unwellSince === '' ? 0 : (now.getTime() - Date.parse(order.unwellSince)) / 1000;
  for (let moves = 0; ; moves += 1) {
    const view = await look(order, endpoints, directory, openMember);
    if (typeof view === 'string') return { ...nothing, outcome: 'wait', why: view, unwellSince: order.unwellSince };
    const step = nextRemoval(view, order, unwellSeconds, order.unwellMember);
    if (order.plan || (step.kind !== 'move-leader' && step.kind !== 'remove')) return told(step, order, now);
    if (step.kind === 'remove' || moves >= MOST_LEADER_MOVES) {
      await remove(step.member, view.seen, endpoints);
      return { ...removable(step), outcome: 'removed', why: `member ${step.member.memberId} was removed` };
    }
    await moveLeader(step.member, step.to, view.seen, endpoints);
  }
}

const nothing = { memberId: '', peerUrls: [], voters: 0, unwellSince: '' } as const;

/** Or why nothing was to be seen. */
async function look(
  { instanceId }: RemovalOrder,
  endpoints: readonly ChangeableMember[],
  directory: MemberDirectory,
  openMember: OpenMember,
): Promise<RemovalView | string> {
  const [view, { instances }] = await Promise.all([lookAtEtcd(endpoints, openMember), directory.of(instanceId)]);
  if ('why' in view) return view.why;
  const inUse = await directory.inUse(view.members.flatMap(hostsOf).filter(isAddress));
  return { ...view, instances, inUse };
}

function told(step: RemovalStep, { unwellSince, unwellMember }: RemovalOrder, now: Date): RemovalTurn {
  switch (step.kind) {
    case 'absent':
      return { ...nothing, outcome: 'absent', why: 'no such member is on the list' };
    case 'wait':
      return { ...nothing, outcome: 'wait', why: step.why, unwellSince };
    case 'unwell': {
      const isKnown = unwellSince !== '' && isOf(step.memberId, unwellMember);
      const since = isKnown ? unwellSince : now.toISOString();
      return { ...nothing, outcome: 'unwell', memberId: step.memberId, why: step.why, unwellSince: since };
    }
    case 'refuse':
      return { ...nothing, outcome: 'refused', why: step.why };
    case 'move-leader':
      return {
        ...removable(step),
        outcome: 'planned',
        why: `leadership would move to ${step.to}, then the member would be removed`,
      };
    case 'remove':
      return { ...removable(step), outcome: 'planned', why: 'the member would be removed' };
  }
}

function removable({ member, voters }: { readonly member: ListedMember; readonly voters: number }) {
  return { memberId: member.memberId, peerUrls: member.peerUrls, voters, unwellSince: '' };
}

/** Should it fail, the removal makes the others elect: a second without a leader. */
async function moveLeader(
  { memberId }: ListedMember,
  to: string,
  seen: readonly SeenEndpoint[],
  endpoints: readonly ChangeableMember[],
): Promise<void> {
  const leader = endpoints.find((_, index) => seen[index]?.status?.memberId === memberId);
  await leader?.moveLeader(to).catch(() => undefined);
}

/** Asks one of the others: the member itself ends before it has answered. */
async function remove(
  { memberId }: ListedMember,
  seen: readonly SeenEndpoint[],
  endpoints: readonly ChangeableMember[],
): Promise<void> {
  const others = following(endpoints, seen).filter((one) => {
    const index = endpoints.indexOf(one);
    return seen[index]?.status?.memberId !== memberId && seen[index]?.status?.isLearner !== true;
  });
  const [other] = others;
  if (!other) throw new Error(`nobody but member ${memberId} itself can be asked to remove it`);
  try {
    await other.removeMember(memberId);
  } catch (error) {
    // The answer was lost, or somebody was faster.
    const { members } = await agreedOn(others);
    if (members.some((one) => one.memberId === memberId)) throw error;
  }
}
