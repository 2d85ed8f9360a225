import { fetchSnapshot } from './fetch-snapshot.ts';
import type { SnapshotRecord, SnapshotStore } from './ports.ts';

/**
 * Reads a snapshot as a whole and throws it away: what comes out of the store is what etcd sent, to the last bit. Reads only.
 * @throws SnapshotDamaged, and what the store throws
 */
export async function checkSnapshot(
  record: SnapshotRecord,
  store: Pick<SnapshotStore, 'look' | 'read'>,
): Promise<{ readonly databaseBytes: number }> {
  let databaseBytes = 0;
  await fetchSnapshot(record, store, async (chunks) => {
    for await (const chunk of chunks) databaseBytes += chunk.length;
  });
  return { databaseBytes };
}
