import { counts, type GroupRecord, isLeaving, type MemberRecord } from './group-record.ts';

/**
 * The subnet for the next launch: the zone with the fewest instances, in the order of the group's subnets. Zones where
 * launches failed lately come last.
 */
export function subnetForLaunch(
  group: GroupRecord,
  zoneOfSubnet: (subnetId: string) => string,
  now: number,
  warm = false,
): string | undefined {
  const perZone = new Map<string, number>();
  for (const member of group.members.values()) {
    if (isLeaving(member) || member.state.startsWith('Warmed:') !== warm) continue;
    perZone.set(member.zone, (perZone.get(member.zone) ?? 0) + 1);
  }
  const load = (subnetId: string) => {
    const zone = zoneOfSubnet(subnetId);
    const avoided = (group.avoidZones.get(zone) ?? 0) > now ? 1_000_000 : 0;
    return avoided + (perZone.get(zone) ?? 0);
  };
  let best: string | undefined;
  for (const subnetId of group.subnetIds) {
    if (best === undefined || load(subnetId) < load(best)) best = subnetId;
  }
  return best;
}

/**
 * The instances that scale-in takes, by the default termination policy: from the zone with the most instances, first
 * those of an older launch template version, then the oldest (user guide, "Default termination policy").
 */
export function victimsOfScaleIn(group: GroupRecord, howMany: number): MemberRecord[] {
  const candidates = [...group.members.values()].filter((m) => counts(m) && !m.protectedFromScaleIn);
  const perZone = new Map<string, MemberRecord[]>();
  for (const member of candidates) perZone.set(member.zone, [...(perZone.get(member.zone) ?? []), member]);
  for (const members of perZone.values()) members.sort(byTerminationOrder);
  const victims: MemberRecord[] = [];
  while (victims.length < howMany) {
    const fullest = [...perZone.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    const victim = fullest.shift();
    if (!victim) break;
    victims.push(victim);
  }
  return victims;
}

function byTerminationOrder(a: MemberRecord, b: MemberRecord): number {
  const settled = Number(b.state === 'InService') - Number(a.state === 'InService');
  const version = Number(a.launchTemplate?.Version ?? 0) - Number(b.launchTemplate?.Version ?? 0);
  return settled || version || a.launchedAt - b.launchedAt;
}

/** A zone that has two instances less than another of the group, and that other; undefined when the group is balanced. */
export function imbalance(
  group: GroupRecord,
  zoneOfSubnet: (subnetId: string) => string,
  now: number,
): { readonly poor: string; readonly rich: string } | undefined {
  const perZone = new Map<string, number>();
  for (const subnetId of group.subnetIds) perZone.set(zoneOfSubnet(subnetId), 0);
  for (const member of group.members.values()) {
    if (counts(member)) perZone.set(member.zone, (perZone.get(member.zone) ?? 0) + 1);
  }
  const zones = [...perZone].filter(([zone]) => (group.avoidZones.get(zone) ?? 0) <= now);
  if (zones.length < 2) return undefined;
  const poor = zones.reduce((a, b) => (b[1] < a[1] ? b : a));
  const rich = zones.reduce((a, b) => (b[1] > a[1] ? b : a));
  return rich[1] - poor[1] > 1 ? { poor: poor[0], rich: rich[0] } : undefined;
}
