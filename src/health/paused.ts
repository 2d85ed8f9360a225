/**
 * Whether a pause holds: `true`, or a time until which it does. What can be read as neither was meant as a pause, and holds. null, the empty text and
 * `false` are none.
 */
export function isPaused(until: string | null, now: Date): boolean {
  if (until === null || until === '' || until === 'false') return false;
  const time = Date.parse(until);
  return Number.isNaN(time) || time > now.getTime();
}
