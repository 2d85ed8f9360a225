import { EtcdDataCorrupt, EtcdEndpointsMixed } from './errors.ts';
import { mixedClusters } from './healthy-voters.ts';
import type { Alarm, SeenEndpoint } from './ports.ts';

/**
 * Passes when what was seen is one cluster of etcd whose members agree on the data: nothing is done with any other.
 * @throws EtcdEndpointsMixed, EtcdDataCorrupt
 */
export function assertSound(seen: readonly SeenEndpoint[], alarms: readonly Alarm[]): void {
  const mixed = mixedClusters(seen);
  if (mixed.length > 0) throw new EtcdEndpointsMixed(mixed);
  const corrupt = alarms.filter(({ kind }) => kind === 'CORRUPT').map(({ memberId }) => memberId);
  if (corrupt.length > 0) throw new EtcdDataCorrupt(corrupt);
}
