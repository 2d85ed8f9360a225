import type { MemberPlace } from './member-ports.ts';
import type { ListedMember } from './ports.ts';

/** Whether a member is at this instance, by the hosts of its URLs: a name is whatever somebody chose, and comes back. */
export function isAt(member: ListedMember, { hosts }: Pick<MemberPlace, 'hosts'>): boolean {
  const own = new Set(hosts.map((host) => host.toLowerCase()));
  return hostsOf(member).some((host) => own.has(host));
}

/** The hosts of a member's URLs, in lower case. */
export function hostsOf({ peerUrls, clientUrls }: ListedMember): readonly string[] {
  return [...peerUrls, ...clientUrls].map(hostOf);
}

/** The hosts by which a member can be found from elsewhere: addresses of the machine itself are no place. Each once. */
export function outsideHostsOf(member: ListedMember): readonly string[] {
  const outside = hostsOf(member).filter((host) => host !== '' && !/^127\.|^localhost$|^::1$/.test(host));
  return [...new Set(outside)];
}

/** The host of a URL, without an IPv6 address's brackets; empty when it is no URL. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

/** Whether a host says where it is by itself, so that EC2 knows whose it is: an IPv4 or IPv6 address. */
export function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':');
}
