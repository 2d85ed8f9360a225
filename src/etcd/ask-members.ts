import { problemsOf } from './healthy-voters.ts';
import type { Alarm, EtcdMember, ListedMember, SeenEndpoint } from './ports.ts';

/** Asks every endpoint how it is, all at once. One that does not answer is in the result with its reason. */
export function lookAtEach(members: readonly EtcdMember[]): Promise<readonly SeenEndpoint[]> {
  return Promise.all(members.map(lookAt));
}

async function lookAt(member: EtcdMember): Promise<SeenEndpoint> {
  try {
    return { url: member.url, status: await member.status() };
  } catch (error) {
    return { url: member.url, problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** Opens a member by a URL that it gives of itself. */
export type OpenMember = (url: string) => EtcdMember;

/** Asks whoever is on the list and was not heard yet where it says that it is: no endpoint of ours leads to it, perhaps. Silence is no news. */
export async function lookAtOthers(
  members: readonly ListedMember[],
  seen: readonly SeenEndpoint[],
  openMember: OpenMember,
): Promise<readonly SeenEndpoint[]> {
  const answered = new Set(seen.flatMap(({ status }) => status?.memberId ?? []));
  const urls = members.filter(({ memberId }) => !answered.has(memberId)).flatMap(({ clientUrls }) => clientUrls);
  const asked = new Set(seen.map(({ url }) => url));
  const found = await lookAtEach(urls.filter((url) => !asked.has(url)).map(openMember));
  return found.filter(({ status }) => status !== undefined);
}

/** What the first of them says that answers: it is the same wherever one asks. Fails as the last one did; empty where there is nobody to ask. */
export async function firstAnswer<M extends EtcdMember, T>(
  members: readonly M[],
  ask: (member: M) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  let failure: unknown;
  for (const member of members) {
    try {
      return await ask(member);
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return [];
}

/** Those that answered and know a leader; `seen` is what {@link lookAtEach} found of them, in the same order. */
export function following<M extends EtcdMember>(members: readonly M[], seen: readonly SeenEndpoint[]): readonly M[] {
  return members.filter((_, index) => (seen[index]?.status?.leaderId ?? '0') !== '0');
}

/** The list that a quorum agrees on, since a member that was removed or is cut off would tell of a cluster that was; and the alarms. */
export async function agreedOn(
  led: readonly EtcdMember[],
): Promise<{ readonly members: readonly ListedMember[]; readonly alarms: readonly Alarm[] }> {
  const members = await firstAnswer(led, (member) => member.members({ confirmed: true }));
  return { members, alarms: await firstAnswer(led, (member) => member.alarms()) };
}

/** Etcd as its members say that it is. */
export interface EtcdView {
  readonly seen: readonly SeenEndpoint[];
  /** As a quorum agrees on it. */
  readonly members: readonly ListedMember[];
  readonly alarms: readonly Alarm[];
}

/**
 * Asks every endpoint, and with `openMember` also those on the list that no endpoint leads to; or says why there is nothing to be seen.
 * @throws what a member throws that is asked for the list or for alarms
 */
export async function lookAtEtcd(
  endpoints: readonly EtcdMember[],
  openMember?: OpenMember,
): Promise<EtcdView | { readonly why: string }> {
  const seen = await lookAtEach(endpoints);
  const led = following(endpoints, seen);
  if (led.length === 0) return { why: `no member of etcd answered and knows a leader: ${problemsOf(seen).join('; ')}` };
  const { members, alarms } = await agreedOn(led);
  const others = openMember ? await lookAtOthers(members, seen, openMember) : [];
  return { seen: [...seen, ...others], members, alarms };
}
