import { SnapshotTooSlow } from './errors.ts';

/** How far a snapshot has come. */
export interface Progress {
  readonly startedAt: Date;
  readonly now: Date;
  /** When the function ends. */
  readonly deadline: Date;
  readonly readBytes: number;
  /** As the member said before; the database may have grown since. */
  readonly databaseBytes: number;
}

/** What is left to do once all is read: the last parts, reading back, the record. */
const CLOSING_MS = 15_000;
/** Before that the rate says little: connections are opened, caches are cold. */
const OBSERVED_MS = 10_000;

/**
 * Passes when a snapshot can be done in time at the rate so far. Failing early leaves time to clean up, and tells what it would take.
 * @throws SnapshotTooSlow
 */
export function assertInTime({ startedAt, now, deadline, readBytes, databaseBytes }: Progress): void {
  const elapsedMs = now.getTime() - startedAt.getTime();
  const leftMs = deadline.getTime() - now.getTime() - CLOSING_MS;
  const rate = readBytes / Math.max(1, elapsedMs);
  const neededMs = elapsedMs < OBSERVED_MS ? 0 : Math.max(0, databaseBytes - readBytes) / Math.max(rate, 1e-9);
  if (leftMs > 0 && neededMs <= leftMs) return;
  throw new SnapshotTooSlow(
    `Of ${mebibytes(databaseBytes)} MiB ${mebibytes(readBytes)} were read in ${seconds(elapsedMs)} s. ` +
      `At this rate the rest takes ${seconds(neededMs)} s, and ${seconds(leftMs)} s are left. Nothing was stored.`,
  );
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1_000);
}
