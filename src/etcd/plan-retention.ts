import { newestFirst } from './newest-record.ts';

/** How long snapshots are kept (S25). */
export interface RetentionPolicy {
  /** All of them, for so long. */
  readonly everythingForHours: number;
  /** The last of every hour, for so long. */
  readonly hourlyForDays: number;
  /** The last of every day (UTC), for so long. */
  readonly dailyForDays: number;
}

/** A snapshot on the catalogue. */
export interface AgingSnapshot {
  readonly id: string;
  /** By the store's clock. */
  readonly storedAt: Date;
  /** When a drill proved it; undefined: none did. */
  readonly provenAt?: Date;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * The ids of the snapshots that the policy does not want any more. The newest is never among them, and neither is the newest
 * that is proven, whatever the policy says.
 *
 * Age counts from the newest snapshot, or from now where that is earlier: a clock that jumps ahead deletes nothing, and
 * neither does time that passes without snapshots.
 */
export function planRetention(
  snapshots: readonly AgingSnapshot[],
  { everythingForHours, hourlyForDays, dailyForDays }: RetentionPolicy,
  now: Date,
): readonly string[] {
  const ordered = [...snapshots].sort(newestFirst);
  const [newest] = ordered;
  if (!newest) return [];
  const reference = Math.min(now.getTime(), newest.storedAt.getTime());
  const within = (span: number) => ordered.filter(({ storedAt }) => reference - storedAt.getTime() <= span);
  const proven = ordered.find(({ provenAt }) => provenAt !== undefined);
  const kept = new Set([
    newest.id,
    ...(proven ? [proven.id] : []),
    ...within(everythingForHours * HOUR_MS).map(({ id }) => id),
    ...lastOfEach(HOUR_MS, within(hourlyForDays * DAY_MS)),
    ...lastOfEach(DAY_MS, within(dailyForDays * DAY_MS)),
  ]);
  return ordered.map(({ id }) => id).filter((id) => !kept.has(id));
}

function lastOfEach(span: number, ordered: readonly AgingSnapshot[]): string[] {
  const last = new Map<number, string>();
  for (const { id, storedAt } of ordered) {
    const slot = Math.floor(storedAt.getTime() / span);
    if (!last.has(slot)) last.set(slot, id);
  }
  return [...last.values()];
}
