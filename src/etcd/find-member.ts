import { hostsOf, isAddress, isAt } from './member-place.ts';
import type { MemberInstance } from './member-ports.ts';
import type { ListedMember } from './ports.ts';

/** Which member is meant: by its id, or by its instance. What is not known is empty. */
export interface MemberTarget {
  /** Hexadecimal, as etcdctl shows it. */
  readonly memberId: string;
  readonly instanceId: string;
  /** What the instance's private address was, which EC2 forgets when it terminates. */
  readonly ipAddress: string;
}

/** Who may be where. */
export interface Places {
  readonly members: readonly ListedMember[];
  readonly instances: readonly MemberInstance[];
  /** Ids of the members that answered. */
  readonly answered: ReadonlySet<string>;
  /** Private addresses that some instance has which is not terminated. */
  readonly inUse: ReadonlySet<string>;
}

export type FoundMember =
  /** `leaves`: EC2 and Auto Scaling say that its instance is going, or gone. */
  | { readonly kind: 'member'; readonly member: ListedMember; readonly leaves: boolean; readonly instanceId: string }
  /**
   * A silent member whose address another instance has by now: it is of the one that is gone, or of the `heir`, which starts.
   * `certain`: the one that is gone did have that address; otherwise nobody knows any more which it had.
   */
  | { readonly kind: 'inherited'; readonly member: ListedMember; readonly heir: string; readonly certain: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly why: string };

/** Finds the member that is meant, and says whether its instance is one that leaves. What is not certain is `unclear`: a wrong one is never picked. */
export function findMember(target: MemberTarget, places: Places): FoundMember {
  return target.memberId === '' ? byInstance(target, places) : byId(target, places);
}

function byId({ memberId, instanceId }: MemberTarget, places: Places): FoundMember {
  const member = places.members.find((one) => one.memberId === memberId);
  if (!member) return { kind: 'none' };
  const at = places.instances.filter((one) => isAt(member, one));
  const [instance] = at;
  if (at.length > 1) return unclear(`member ${memberId} is at ${at.length} instances`);
  if (instance && instanceId !== '' && instance.instanceId !== instanceId)
    return unclear(`member ${memberId} is at ${instance.instanceId}, not at ${instanceId}`);
  const leaves = instance ? instance.standing !== 'stays' : isOrphan(member, places);
  return { kind: 'member', member, leaves, instanceId: instance?.instanceId ?? '' };
}

function byInstance({ instanceId, ipAddress }: MemberTarget, places: Places): FoundMember {
  const { members, instances } = places;
  const instance = instances.find((one) => one.instanceId === instanceId);
  if (!instance) return unclear(`EC2 does not know ${instanceId} as an instance of this cluster: name the member`);
  const hosts = [...instance.hosts, ipAddress].filter((host) => host !== '');
  // Its address may be another's by now.
  const heirs = instances.filter((one) => one !== instance && one.standing === 'stays' && !one.isPending);
  const there = members.filter((member) => isAt(member, { hosts }));
  const found = there.filter((member) => isAt(member, instance) || !heirs.some((one) => isAt(member, one)));
  const [member] = found;
  if (found.length > 1) return unclear(`${found.length} members are at ${instanceId}`);
  if (member) return { kind: 'member', member, leaves: instance.standing !== 'stays', instanceId };
  if (instance.standing === 'stays') return noneAt(instanceId, places);
  const isKnown = instance.privateIpAddress !== '' || ipAddress !== '';
  const otherwise = isKnown ? noneAt(instanceId, places) : byExclusion(instanceId, places);
  if (otherwise.kind !== 'none') return otherwise;
  return inherited(isKnown ? there : members, heirs, places.answered, isKnown) ?? otherwise;
}

/** In a small subnet AWS gives an address again within minutes, and some give each of their control-plane nodes the same one always. */
function inherited(
  members: readonly ListedMember[],
  heirs: readonly MemberInstance[],
  answered: ReadonlySet<string>,
  certain: boolean,
): FoundMember | undefined {
  for (const member of members.filter(({ memberId }) => !answered.has(memberId))) {
    const heir = heirs.find((one) => isAt(member, one));
    if (heir) return { kind: 'inherited', member, heir: heir.instanceId, certain };
  }
  return undefined;
}

/** No member has the instance's address. That means something only where every member is known to be somewhere. */
function noneAt(instanceId: string, { members, instances }: Places): FoundMember {
  const nowhere = members.filter(
    (member) => !instances.some((one) => isAt(member, one)) && !hostsOf(member).every(isAddress),
  );
  if (nowhere.length === 0) return { kind: 'none' };
  return unclear(`${listOf(nowhere)} may be at ${instanceId}: EC2 knows no instance by the names in its URLs`);
}

/** EC2 has forgotten the address of an instance that terminates: its member is the one that is at no instance at all, and does not answer. */
function byExclusion(instanceId: string, all: Places): FoundMember {
  const places = withoutPending(all);
  const { members, instances, answered } = places;
  const silent = members.filter(
    (member) => !answered.has(member.memberId) && !instances.some((one) => isAt(member, one)),
  );
  const orphans = silent.filter((member) => isOrphan(member, places));
  const [member] = orphans;
  if (silent.length > orphans.length || orphans.length > 1)
    return unclear(`${listOf(silent)} may have been at ${instanceId}: name the one that is meant`);
  return member ? { kind: 'member', member, leaves: true, instanceId } : { kind: 'none' };
}

/** The address of an instance that is gone is given again at once: one that is still being launched carries no member, whosever its address was. */
function withoutPending({ instances, inUse, ...places }: Places): Places {
  const pending = new Set(instances.filter(({ isPending }) => isPending).flatMap(({ hosts }) => hosts));
  return {
    ...places,
    instances: instances.filter(({ isPending }) => !isPending),
    inUse: new Set([...inUse].filter((address) => !pending.has(address))),
  };
}

/** Whether a member does not answer and no instance that is there has an address of it. */
function isOrphan(member: ListedMember, { answered, inUse }: Places): boolean {
  const hosts = hostsOf(member);
  const nobodys = hosts.length > 0 && hosts.every((host) => isAddress(host) && !inUse.has(host));
  return nobodys && !answered.has(member.memberId);
}

function listOf(members: readonly ListedMember[]): string {
  return `member ${members.map(({ memberId }) => memberId).join(', ')}`;
}

function unclear(why: string): FoundMember {
  return { kind: 'unclear', why };
}
