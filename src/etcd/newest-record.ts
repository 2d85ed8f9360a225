import type { KeptObject, SnapshotRecord, SnapshotStore } from './ports.ts';

/** A snapshot that is whole. */
export interface CataloguedSnapshot {
  readonly id: string;
  /** By the store's clock. */
  readonly storedAt: Date;
  /** When it was last proven that it restores; undefined when it never was. */
  readonly provenAt?: Date;
}

/** The snapshots that are whole, newest first by the store's clock: those with a record. */
export function catalogued(kept: readonly KeptObject[]): readonly CataloguedSnapshot[] {
  const recorded = new Set(kept.filter(({ kind }) => kind === 'record').map(({ id }) => id));
  const proven = new Map(kept.flatMap(({ id, kind, storedAt }) => (kind === 'proof' ? [[id, storedAt] as const] : [])));
  return kept
    .filter(({ id, kind }) => kind === 'snapshot' && recorded.has(id))
    .map(({ id, storedAt }) => {
      const provenAt = proven.get(id);
      return { id, storedAt, ...(provenAt && { provenAt }) };
    })
    .sort(newestFirst);
}

/** The order of the catalogue, by the store's clock. */
export function newestFirst(
  a: { readonly id: string; readonly storedAt: Date },
  b: { readonly id: string; readonly storedAt: Date },
): number {
  return b.storedAt.getTime() - a.storedAt.getTime() || (a.id < b.id ? 1 : -1);
}

/** The record of the newest snapshot of a cluster; undefined when there is none yet. */
export async function newestRecord(
  store: Pick<SnapshotStore, 'list' | 'record'>,
  cluster: string,
): Promise<SnapshotRecord | undefined> {
  const [newest] = catalogued(await store.list(cluster));
  return newest && store.record(cluster, newest.id);
}
