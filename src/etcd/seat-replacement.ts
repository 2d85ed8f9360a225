import { agreedOn, following, lookAtEach, lookAtOthers, type OpenMember } from './ask-members.ts';
import { assertSound } from './assert-sound.ts';
import { problemsOf } from './healthy-voters.ts';
import type { ChangeableMember, MemberDirectory } from './member-ports.ts';
import { type EmptySeat, nextSeating, type SeatingStep } from './next-seating.ts';

/** What came of one look. */
export interface SeatingTurn {
  readonly outcome: 'seated' | 'acted' | 'wait';
  /** For people. */
  readonly what: string;
}

/**
 * Looks whether as many members vote and are well as are wanted, and does one step towards it where that is Tender's to do. It can run again: what was
 * added is found on the list, what was promoted votes, and etcd itself refuses a second learner and a URL that is on the list.
 *
 * @throws EtcdEndpointsMixed, EtcdDataCorrupt, and what the ports throw
 */
export async function seatReplacement(
  seat: EmptySeat,
  endpoints: readonly ChangeableMember[],
  directory: MemberDirectory,
  openMember: OpenMember,
): Promise<SeatingTurn> {
  const [seen, instances] = await Promise.all([lookAtEach(endpoints), directory.of('')]);
  const led = following(endpoints, seen);
  const [first] = led;
  if (!first) return { outcome: 'wait', what: `no member answered and knows a leader: ${problemsOf(seen).join('; ')}` };
  const { members, alarms } = await agreedOn(led);
  assertSound(seen, alarms);
  const all = [...seen, ...(await lookAtOthers(members, seen, openMember))];
  const step = nextSeating({ seen: all, members, ...instances }, seat);
  if (step.kind === 'seated' || step.kind === 'wait') return { outcome: step.kind, what: step.what };
  return act(step, first);
}

async function act(
  step: Extract<SeatingStep, { readonly kind: 'add' | 'promote' }>,
  member: ChangeableMember,
): Promise<SeatingTurn> {
  try {
    if (step.kind === 'promote') {
      await member.promoteMember(step.memberId);
      return { outcome: 'acted', what: `member ${step.memberId} was promoted` };
    }
    const { memberId } = await member.addMember(step.peerUrls, { asLearner: true });
    return { outcome: 'acted', what: `member ${memberId} was added as a learner at ${step.peerUrls.join(', ')}` };
  } catch (error) {
    if (error instanceof Error && error.name === 'EtcdRefused') return { outcome: 'wait', what: error.message };
    throw error;
  }
}
