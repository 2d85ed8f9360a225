import type { Ledgers } from './ports.ts';

/** The lease that an execution holds on an instance, as far as undoing it goes. Reads only. */
export async function findLease(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  ledgers: Pick<Ledgers, 'read'>,
): Promise<{ found: boolean; groupName: string; desiredBefore: number }> {
  const leases = (await ledgers.read(cluster))?.ledger.leases ?? [];
  const lease = leases.find((one) => one.instanceId === instanceId && one.execution === owner);
  // -1: no capacity was added for it.
  return {
    found: lease !== undefined,
    groupName: lease?.groupName ?? '',
    desiredBefore: lease?.surge?.desiredBefore ?? -1,
  };
}
