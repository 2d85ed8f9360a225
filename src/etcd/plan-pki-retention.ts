/** A backup of a cluster's PKI, as retention sees it. */
export interface KeptPki {
  readonly id: string;
  /** By the store's clock. */
  readonly storedAt: Date;
}

/**
 * Which backups of PKI no snapshot needs any more.
 *
 * One that was in force at one of these times is needed, and so is the one that follows it: what changed just before is looked at only minutes later.
 * The newest is always needed, by its id as by the store's clock. Where there is no time to go by, all are. Reads no clock, so that none that jumps harms
 * anything.
 *
 * @param times when something was taken or proven that is kept
 * @returns ids, oldest first
 */
export function planPkiRetention(backups: readonly KeptPki[], times: readonly Date[]): readonly string[] {
  if (times.length === 0) return [];
  const ordered = backups.toSorted((a, b) => a.storedAt.getTime() - b.storedAt.getTime() || (a.id < b.id ? -1 : 1));
  const newestId = ordered
    .map(({ id }) => id)
    .sort()
    .at(-1);
  return ordered
    .filter(({ id }, index) => {
      const from = ordered[index - 1]?.storedAt.getTime() ?? Number.NEGATIVE_INFINITY;
      const to = ordered[index + 1]?.storedAt.getTime();
      if (to === undefined || id === newestId) return false;
      return !times.some((time) => time.getTime() >= from && time.getTime() < to);
    })
    .map(({ id }) => id);
}
