import { closest } from 'fastest-levenshtein';
import { SnapshotForeign, SnapshotNotFound } from './errors.ts';
import { type CataloguedSnapshot, catalogued } from './newest-record.ts';
import type { SnapshotRecord, SnapshotStore } from './ports.ts';

/**
 * The record of the snapshot with this id, or of the newest one.
 * @throws SnapshotNotFound, SnapshotForeign when the record is of another cluster or of another snapshot
 */
export async function chooseSnapshot(
  cluster: string,
  id: string | undefined,
  store: Pick<SnapshotStore, 'list' | 'record'>,
): Promise<SnapshotRecord> {
  return recordOf(cluster, id, catalogued(await store.list(cluster)), store);
}

/** The same among snapshots that are known already. @throws as {@link chooseSnapshot} */
export async function recordOf(
  cluster: string,
  id: string | undefined,
  all: readonly CataloguedSnapshot[],
  store: Pick<SnapshotStore, 'record'>,
): Promise<SnapshotRecord> {
  const ids = all.map((one) => one.id);
  const wanted = id ?? ids[0];
  const record = wanted !== undefined && ids.includes(wanted) ? await store.record(cluster, wanted) : undefined;
  if (!record) throw new SnapshotNotFound(cluster, wanted, ids.length > 0 ? closest(wanted ?? '', ids) : undefined);
  if (record.cluster !== cluster || record.id !== wanted) throw new SnapshotForeign(cluster, record);
  return record;
}
