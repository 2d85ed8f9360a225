import type { ObservedGroup, ObservedNode, Seen, UnhealthyTargets, ZonalShift } from './observations.ts';
import { problemOf, seenOr } from './seen.ts';

/**
 * The zones that traffic of the cluster is led away from: load balancers say so of their targets, also for an autoshift and its practice runs. One without
 * cross-zone balancing leaves it to DNS, and does not say (docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AdministrativeOverride.html).
 */
export function zonalShiftsOf(
  targets: Seen<readonly UnhealthyTargets[]>,
  groups: Seen<readonly ObservedGroup[]>,
  nodes: Seen<readonly ObservedNode[]>,
): Seen<readonly ZonalShift[]> {
  const problem = problemOf(targets);
  if (problem !== undefined) return { problem };
  const zones = new Map([
    ...seenOr(nodes, []).map(({ instanceId, zone }) => [instanceId, zone] as const),
    ...seenOr(groups, []).flatMap(({ members }) => members.map(({ instanceId, zone }) => [instanceId, zone] as const)),
  ]);
  const found = new Map<string, Set<string>>();
  for (const { name, shiftedAway = [] } of seenOr(targets, [])) {
    for (const id of shiftedAway) {
      const zone = zones.get(id);
      if (zone !== undefined && zone !== '') found.set(zone, (found.get(zone) ?? new Set()).add(name));
    }
  }
  return { value: [...found].map(([zone, names]) => ({ zone, why: `target group ${[...names].join(', ')}` })) };
}
