import type { BreakerState } from './decision.ts';
import type { HealthDocument } from './health-document.ts';

/** What a pass found so long ago says nothing any more. */
const STALE_MINUTES = 15;
const STALE_PASSES = 3;

/**
 * `storms`: those of nodes that are sick of themselves, and zonal shifts; what is taken out of service on purpose counts in `all` alone. The breakers of nodes that the last pass found open, in words; one of an image is about those that join, and is not among them. `unknown`: there is no document, or it is older than three
 * passes, at least a quarter of an hour. Unknown is unsafe.
 */
export function openBreakers(
  document: Pick<HealthDocument, 'at' | 'breakers'> | undefined,
  which: 'all' | 'storms',
  healthMinutes: number,
  now: Date,
): readonly string[] | 'unknown' {
  const staleMs = 60_000 * Math.max(STALE_MINUTES, STALE_PASSES * healthMinutes);
  if (!document || now.getTime() - Date.parse(document.at) >= staleMs) return 'unknown';
  const isAsked = ({ stormAt, shift }: BreakerState) => which === 'all' || stormAt !== null || shift !== null;
  const open = document.breakers.filter((one) => one.open && !one.name.startsWith('image ') && isAsked(one));
  return open.map(({ name, words }) => `the breaker of ${name} is open: ${words}`);
}
