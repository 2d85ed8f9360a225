import { healthyVoters, keepingUp, problemsOf, quorumOf } from './healthy-voters.ts';
import { hostOf, isAddress, isAt } from './member-place.ts';
import type { MemberInstance, MemberInstances } from './member-ports.ts';
import type { ListedMember, SeenEndpoint } from './ports.ts';

/** What was seen of etcd, and the instances that carry it. */
export interface SeatingView extends MemberInstances {
  readonly seen: readonly SeenEndpoint[];
  readonly members: readonly ListedMember[];
}

/** What is known of the member that left. */
export interface EmptySeat {
  /** How many members voted with it; 0: nobody knows. */
  readonly voters: number;
  readonly peerUrls: readonly string[];
}

export type SeatingStep =
  | { readonly kind: 'seated'; readonly what: string }
  | { readonly kind: 'wait'; readonly what: string }
  | { readonly kind: 'add'; readonly peerUrls: readonly string[]; readonly instanceId: string }
  | { readonly kind: 'promote'; readonly memberId: string };

/**
 * What brings a new member to where one has left (S29). On kubeadm's stacked control plane the instance's own join adds and promotes it: it is
 * waited for. External members are added as learners, one at a time and only while all others are well, and promoted when they have caught up.
 */
export function nextSeating(view: SeatingView, seat: EmptySeat): SeatingStep {
  const { seen, members, external, wanted } = view;
  const voters = members.filter(({ isLearner }) => !isLearner);
  const well = keepingUp(healthyVoters(seen, members));
  const learner = members.find(({ isLearner }) => isLearner);
  const needed = wanted === 0 || seat.voters === 0 ? wanted : Math.min(wanted, seat.voters);
  if (!learner && well.length >= needed)
    return { kind: 'seated', what: `${well.length} members vote and are well, ${needed} are wanted` };
  const numbers = `${well.length} of ${voters.length} voting members are known to be well, ${needed} are wanted`;
  if (well.length < voters.length) return { kind: 'wait', what: `${numbers} (${problemsOf(seen).join('; ')})` };
  if (!external) return { kind: 'wait', what: learner ? `${numbers}, and ${learner.memberId} is joining` : numbers };
  // With it one more votes: the others and it are a quorum then, even if it fails at once.
  if (learner)
    return well.length >= quorumOf(voters.length + 1)
      ? { kind: 'promote', memberId: learner.memberId }
      : { kind: 'wait', what: numbers };
  return seatFor(view, seat, numbers);
}

function seatFor({ instances, members }: SeatingView, { peerUrls }: EmptySeat, numbers: string): SeatingStep {
  const free = instances.filter(
    (one) => one.standing === 'stays' && one.isRunning && !members.some((member) => isAt(member, one)),
  );
  const [instance] = free;
  if (!instance) return { kind: 'wait', what: `${numbers}, and no running instance is without a member` };
  const urls = peerUrlsFor(instance, members, peerUrls);
  return urls.length > 0
    ? { kind: 'add', peerUrls: urls, instanceId: instance.instanceId }
    : { kind: 'wait', what: `${numbers}, and nobody can say by which name ${instance.instanceId} is reached` };
}

/** As those of the others, with the instance's address in place of theirs; a name that somebody chose moves from the old instance to the new one. */
function peerUrlsFor(
  { privateIpAddress }: MemberInstance,
  members: readonly ListedMember[],
  former: readonly string[],
): readonly string[] {
  const taken = new Set(members.flatMap((one) => one.peerUrls));
  const chosen = former.filter((url) => !isAddress(hostOf(url)) && !taken.has(url));
  if (chosen.length > 0) return chosen;
  const pattern = members.flatMap((one) => one.peerUrls).find((url) => isAddress(hostOf(url)));
  if (pattern === undefined || privateIpAddress === '') return [];
  const { protocol, port } = new URL(pattern);
  return [`${protocol}//${privateIpAddress}${port === '' ? '' : `:${port}`}`];
}
