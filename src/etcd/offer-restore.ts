import { catalogued } from './newest-record.ts';
import type { SeenEndpoint, SnapshotStore } from './ports.ts';

/** What a restore of etcd would go back to, and lose; offered where its quorum is lost, never begun (S28). */
export interface RestoreOffer {
  /** Of the newest snapshot: the one that `etcd-restore` takes by itself. */
  readonly snapshotId: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly snapshotRevision: number;
  /** Whether a drill has restored it. */
  readonly proven: boolean;
  /** The newest that a drill has restored; empty when there is none. */
  readonly newestProven: string;
  /** Of the member that is furthest, of those that answer; null when none does. */
  readonly survivorRevision: number | null;
}

/**
 * Says what could be restored. Reads the bucket only.
 * @returns undefined when there is no snapshot
 * @throws what the store throws
 */
export async function offerRestore(
  cluster: string,
  seen: readonly SeenEndpoint[],
  store: Pick<SnapshotStore, 'list' | 'record'>,
): Promise<RestoreOffer | undefined> {
  const all = catalogued(await store.list(cluster));
  const [newest] = all;
  const record = newest && (await store.record(cluster, newest.id));
  if (!record) return undefined;
  const revisions = seen.flatMap(({ status }) => status?.revision ?? []);
  return {
    snapshotId: record.id,
    takenAt: record.takenAt,
    snapshotRevision: record.revision.before,
    proven: newest.provenAt !== undefined,
    newestProven: all.find(({ provenAt }) => provenAt !== undefined)?.id ?? '',
    survivorRevision: revisions.length > 0 ? Math.max(...revisions) : null,
  };
}
