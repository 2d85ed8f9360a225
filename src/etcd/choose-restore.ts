import { recordOf } from './choose-snapshot.ts';
import { SnapshotNotFound } from './errors.ts';
import { parseSnapshotKey } from './names.ts';
import { type CataloguedSnapshot, catalogued } from './newest-record.ts';
import type { SnapshotRecord, SnapshotStore } from './ports.ts';
import type { RestoreJournal } from './restore-ports.ts';

/** The snapshot to restore, and how sure one is of it. */
export interface ChosenSnapshot {
  readonly record: SnapshotRecord;
  readonly isProven: boolean;
  /** The newest one that a drill has restored; undefined when there is none. */
  readonly newestProven?: Pick<CataloguedSnapshot, 'id' | 'storedAt'> | undefined;
}

/** What somebody wants restored. */
interface Wanted {
  readonly cluster: string;
  readonly snapshot: string;
  /** Forgets a restore that was begun. */
  readonly startOver: boolean;
}

/**
 * The snapshot to restore. Of a restore that was begun and is not done, unless somebody names one, that restore's own. `latest`: the newest, since a drill that comes once a week would cost a week; `latest-proven`: the newest that a drill has
 * restored; a time (ISO 8601): the newest that was stored by then; else an id, or the key of an object.
 *
 * @throws SnapshotNotFound, SnapshotForeign when what lies there is of another cluster
 */
export async function chooseRestore(
  { cluster, snapshot, startOver }: Wanted,
  store: Pick<SnapshotStore, 'list' | 'record'>,
  journal: Pick<RestoreJournal, 'read'>,
): Promise<ChosenSnapshot> {
  const [kept, last] = await Promise.all([store.list(cluster), journal.read(cluster)]);
  const all = catalogued(kept);
  const begun = last?.restore.state === 'under-way' && !startOver ? last.restore.snapshot.id : undefined;
  const wanted = snapshot === 'latest' && begun !== undefined ? begun : snapshot;
  const newestProven = all.find(({ provenAt }) => provenAt !== undefined);
  const id = wanted === 'latest' ? all[0]?.id : idOf(cluster, wanted, all, newestProven);
  if (id === undefined && wanted !== 'latest') throw new SnapshotNotFound(cluster, wanted, all[0]?.id);
  const record = await recordOf(cluster, id, all, store);
  const isProven = all.some((one) => one.id === record.id && one.provenAt !== undefined);
  return { record, isProven, newestProven };
}

function idOf(
  cluster: string,
  wanted: string,
  all: readonly CataloguedSnapshot[],
  newestProven: CataloguedSnapshot | undefined,
): string | undefined {
  if (wanted === 'latest-proven') return newestProven?.id;
  const time = /^\d{4}-\d{2}-\d{2}T/.test(wanted) ? Date.parse(wanted) : Number.NaN;
  if (!Number.isNaN(time)) return all.find(({ storedAt }) => storedAt.getTime() <= time)?.id;
  return parseSnapshotKey(cluster, wanted)?.id ?? wanted;
}
