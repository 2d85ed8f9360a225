import { catalogued } from './newest-record.ts';
import type { SnapshotStore } from './ports.ts';

/** How long ago a drill last proved a snapshot. */
export interface ProofAge {
  /** The newest snapshot that is proven; empty when there is none. */
  readonly newest: string;
  /** Since the last proof; undefined when there is none. */
  readonly ageSeconds?: number;
  /** The last proof is as old as drills are apart, or there is none. */
  readonly due: boolean;
  /** It is twice as old, or there is none although there are snapshots as old as that. */
  readonly overdue: boolean;
}

const DAY_MS = 86_400_000;
/** The next look is a day later: one that comes a little early must not wait for it. */
const EARLY_MS = DAY_MS / 2;

/** Says whether a drill is due, and whether it is overdue, when there should be one each so many days. Reads the catalogue only. */
export async function checkProof(
  cluster: string,
  everyDays: number,
  store: Pick<SnapshotStore, 'list'>,
  now: Date,
): Promise<ProofAge> {
  const snapshots = catalogued(await store.list(cluster));
  const age = (at: Date) => Math.max(0, now.getTime() - at.getTime());
  const proven = snapshots.flatMap(({ id, provenAt }) => (provenAt ? [{ id, provenAt }] : []));
  const last = Math.min(...proven.map(({ provenAt }) => age(provenAt)));
  const waiting = proven.length > 0 ? last : Math.max(0, ...snapshots.map(({ storedAt }) => age(storedAt)));
  return {
    newest: proven[0]?.id ?? '',
    ...(proven.length > 0 && { ageSeconds: Math.round(last / 1000) }),
    due: snapshots.length > 0 && (proven.length === 0 || last > everyDays * DAY_MS - EARLY_MS),
    overdue: waiting > 2 * everyDays * DAY_MS,
  };
}
