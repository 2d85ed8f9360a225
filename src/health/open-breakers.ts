import type { HealthDocument } from './health-document.ts';

/** What a pass found so long ago says nothing any more. */
const STALE_MINUTES = 15;
const STALE_PASSES = 3;

/**
 * The breakers of nodes that the last pass found open, in words; one of an image is about those that join, and is not among them. `unknown`: there is no document, or it is older than three
 * passes, at least a quarter of an hour. Unknown is unsafe.
 */
export function openBreakers(
  document: Pick<HealthDocument, 'at' | 'memory'> | undefined,
  healthMinutes: number,
  now: Date,
): readonly string[] | 'unknown' {
  const staleMs = 60_000 * Math.max(STALE_MINUTES, STALE_PASSES * healthMinutes);
  if (!document || now.getTime() - Date.parse(document.at) >= staleMs) return 'unknown';
  const open = Object.keys(document.memory.breakers).filter((one) => !one.startsWith('image '));
  return open.map((one) => `the breaker of ${one} is open`);
}
