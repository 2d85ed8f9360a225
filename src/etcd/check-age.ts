import { catalogued } from './newest-record.ts';
import type { SnapshotStore } from './ports.ts';

/** How old the newest snapshot is. */
export interface SnapshotAge {
  /** Its id; empty when there is none. */
  readonly newest: string;
  /** Since it was stored; undefined when there is none. */
  readonly ageSeconds?: number;
  /** Older than two intervals of its schedule, or not there at all (S26). */
  readonly overdue: boolean;
}

/** Intervals that may pass: one that failed, and the one after it. */
const INTERVALS = 2;

/** Says whether the newest snapshot of a cluster is older than it may be. Reads the catalogue only. */
export async function checkAge(
  cluster: string,
  everyMinutes: number,
  store: Pick<SnapshotStore, 'list'>,
  now: Date,
): Promise<SnapshotAge> {
  const [newest] = catalogued(await store.list(cluster));
  if (!newest) return { newest: '', overdue: true };
  const ageSeconds = Math.max(0, Math.round((now.getTime() - newest.storedAt.getTime()) / 1000));
  return { newest: newest.id, ageSeconds, overdue: ageSeconds > INTERVALS * everyMinutes * 60 };
}
