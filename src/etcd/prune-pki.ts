import type { PkiShelf } from './pki-ports.ts';
import { planPkiRetention } from './plan-pki-retention.ts';
import type { SnapshotStore } from './ports.ts';

/** Longer than a function lives that takes a snapshot: what changed meanwhile is needed, both of it. */
const TAKES_AT_MOST_MS = 15 * 60_000;

/**
 * Removes the backups of a cluster's PKI that no snapshot needs which is kept, and gives their ids. Goes by what lies in the bucket now: snapshots are pruned
 * before. What Object Lock protects stays as a version. Can run again.
 */
export async function prunePki(
  cluster: string,
  snapshots: Pick<SnapshotStore, 'list'>,
  shelf: PkiShelf,
): Promise<readonly string[]> {
  const backups = await shelf.list(cluster);
  // The newest is never removed: nothing to look at.
  if (backups.length < 2) return [];
  const kept = await snapshots.list(cluster);
  const times = kept.flatMap(({ storedAt }) => [new Date(storedAt.getTime() - TAKES_AT_MOST_MS), storedAt]);
  const removed = planPkiRetention(backups, times);
  for (const id of removed) await shelf.remove(cluster, id);
  return removed;
}
