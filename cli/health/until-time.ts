import { TimeNotUnderstood } from '../errors.ts';

const SPAN = /^(\d{1,4})(m|h|d)$/;
const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/**
 * The time that somebody means: one in ISO 8601, or so long from now (`30m`, `4h`, `2d`).
 * @throws TimeNotUnderstood also for one that has passed
 */
export function untilTime(text: string, now: Date): Date {
  const time = timeIn('--until', text, now, 1);
  if (time <= now) throw new TimeNotUnderstood('--until', text, 'has passed');
  return time;
}

/**
 * The time that somebody means: one in ISO 8601, or so long ago (`30m`, `4h`, `2d`).
 * @throws TimeNotUnderstood also for one that has yet to come
 */
export function sinceTime(text: string, now: Date): Date {
  const time = timeIn('--since', text, now, -1);
  if (time > now) throw new TimeNotUnderstood('--since', text, 'has yet to come');
  return time;
}

function timeIn(option: '--until' | '--since', text: string, now: Date, direction: 1 | -1): Date {
  const [, count, unit] = SPAN.exec(text) ?? [];
  const time =
    count === undefined
      ? new Date(/^\d{4}-\d\d-\d\dT/.test(text) ? text : Number.NaN)
      : new Date(now.getTime() + direction * Number(count) * MINUTES[unit as keyof typeof MINUTES] * 60_000);
  if (Number.isNaN(time.getTime())) {
    const span = direction === 1 ? 'from now' : 'ago';
    throw new TimeNotUnderstood(option, text, `is neither a time nor how long ${span}`);
  }
  return time;
}
