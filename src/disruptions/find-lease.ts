import type { Ledgers } from './ports.ts';

/**
 * The lease that an execution holds on an instance, as far as undoing it goes. Reads only.
 * @param instanceId empty: on whatever instance, for those who know an execution and not what it works on.
 */
export async function findLease(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  ledgers: Pick<Ledgers, 'read'>,
): Promise<{ found: boolean; instanceId: string; groupName: string; desiredBefore: number; surgedAt: string }> {
  const leases = (await ledgers.read(cluster))?.ledger.leases ?? [];
  const lease = leases.find((one) => one.execution === owner && (instanceId === '' || one.instanceId === instanceId));
  // -1: no capacity was added for it.
  return {
    found: lease !== undefined,
    instanceId: lease?.instanceId ?? '',
    groupName: lease?.groupName ?? '',
    desiredBefore: lease?.surge?.desiredBefore ?? -1,
    surgedAt: lease?.surge?.at ?? '',
  };
}
