import { catalogued } from './newest-record.ts';
import { planRetention, type RetentionPolicy } from './plan-retention.ts';
import type { KeptObject, SnapshotStore } from './ports.ts';

/** No snapshot takes so long: what is in the making since before, or stored without a record, belongs to a function that died. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

/** What was removed. */
export interface Pruned {
  /** Ids of snapshots that the policy did not want any more. */
  readonly removed: readonly string[];
  /** Ids of objects without their other half. */
  readonly leftovers: readonly string[];
  readonly abortedUploads: number;
  readonly kept: number;
}

/**
 * Removes the snapshots of a cluster that its policy does not want any more, and what functions that died have left. The newest is never removed, nor the
 * newest that is proven.
 *
 * Proofs and records go first: a run that ends half-way leaves a snapshot without a record, which the next one removes.
 */
export async function pruneSnapshots(
  cluster: string,
  store: SnapshotStore,
  policy: RetentionPolicy,
  now: Date,
): Promise<Pruned> {
  const kept = await store.list(cluster);
  const whole = catalogued(kept);
  if (isFirstOfItsDay(whole)) await store.proveRemoval(cluster);
  const removed = planRetention(whole, policy, now);
  for (const { id, provenAt } of whole) if (provenAt && removed.includes(id)) await store.remove(cluster, id, 'proof');
  for (const id of removed) await store.remove(cluster, id, 'record');
  for (const id of removed) await store.remove(cluster, id, 'snapshot');
  const leftBehind = new Date(latest(kept, now) - LEFT_BEHIND_MS);
  const leftovers = halves(kept, new Set(whole.map(({ id }) => id)), leftBehind);
  for (const { id, kind } of leftovers) await store.remove(cluster, id, kind);
  return {
    removed,
    leftovers: leftovers.map(({ id }) => id),
    abortedUploads: await store.abortUploads(cluster, leftBehind),
    kept: whole.length - removed.length,
  };
}

/**
 * Whether the newest snapshot is the first of a day: then it is proven that removing is allowed (S26), since months may pass until something has
 * to be removed. Everything else that is needed, each snapshot proves by itself.
 */
function isFirstOfItsDay([newest, before]: readonly { readonly storedAt: Date }[]): boolean {
  const day = (at: Date | undefined) => at?.toISOString().slice(0, 10);
  return newest !== undefined && day(newest.storedAt) !== day(before?.storedAt);
}

// By the store's clock, so that one that jumps ahead removes nothing that is still being made.
function latest(kept: readonly KeptObject[], now: Date): number {
  const times = kept.map(({ storedAt }) => storedAt.getTime());
  return times.length === 0 ? now.getTime() : Math.min(now.getTime(), Math.max(...times));
}

function halves(kept: readonly KeptObject[], whole: ReadonlySet<string>, before: Date): readonly KeptObject[] {
  return kept.filter(({ id, storedAt }) => !whole.has(id) && storedAt < before);
}
