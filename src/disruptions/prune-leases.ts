import { changeLedger } from './change-ledger.ts';
import { withoutGone } from './stale-leases.ts';
import type { LeaseServices } from './take-lease.ts';

/** Whoever is busy with the ledger comes first: the next look prunes as well. */
const TURNS = 2;

/**
 * Drops the leases of these instances that are gone, where EC2 and Auto Scaling say so now: who takes a place drops them as well, but where nodes only leave by
 * force nobody ever does. A lease that a raised capacity is noted with stays for whoever takes that back. Can run again.
 */
export async function pruneLeases(
  { cluster, instanceIds }: { readonly cluster: string; readonly instanceIds: readonly string[] },
  services: Pick<LeaseServices, 'ledgers' | 'groups' | 'instances' | 'luck'>,
): Promise<{ readonly pruned: number }> {
  const settled = await changeLedger(cluster, TURNS, services, async ({ leases }) => {
    const asked = leases.filter(({ instanceId, surge }) => surge === undefined && instanceIds.includes(instanceId));
    if (asked.length === 0) return { outcome: { pruned: 0 } };
    const groups = await services.groups.ofCluster(cluster);
    const present = new Set(await withoutGone(asked, groups, services.instances));
    const gone = new Set(asked.filter((lease) => !present.has(lease)));
    if (gone.size === 0) return { outcome: { pruned: 0 } };
    return { outcome: { pruned: gone.size }, ledger: { leases: leases.filter((lease) => !gone.has(lease)) } };
  });
  return settled === 'contended' ? { pruned: 0 } : settled.outcome;
}
