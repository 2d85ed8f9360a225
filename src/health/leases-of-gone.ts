import type { Observations } from './observations.ts';
import type { KnownLease } from './ports.ts';
import { seenOr } from './seen.ts';

/** Instances that a lease is kept for although this look has not found them, or found them off and in no group. None where not all was seen. */
export function leasedAndGone(
  leases: readonly KnownLease[],
  { instances, groups }: Pick<Observations, 'instances' | 'groups'>,
): readonly string[] {
  const seenInstances = seenOr(instances, null);
  const seenGroups = seenOr(groups, null);
  if (seenInstances === null || seenGroups === null) return [];
  const states = new Map(seenInstances.map(({ instanceId, state }) => [instanceId, state]));
  const grouped = new Set(seenGroups.flatMap(({ members }) => members.map(({ instanceId }) => instanceId)));
  const ids = new Set(leases.map(({ instanceId }) => instanceId));
  return [...ids].filter((id) => {
    const state = states.get(id) ?? 'terminated';
    return state === 'terminated' || (state === 'stopped' && !grouped.has(id));
  });
}
