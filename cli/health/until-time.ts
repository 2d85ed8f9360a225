import { TimeNotUnderstood } from '../errors.ts';

const SPAN = /^(\d{1,4})(m|h|d)$/;
const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/**
 * The time that somebody means: one in ISO 8601, or so long from now (`30m`, `4h`, `2d`).
 * @throws TimeNotUnderstood also for one that has passed
 */
export function untilTime(text: string, now: Date): Date {
  const [, count, unit] = SPAN.exec(text) ?? [];
  const time =
    count === undefined
      ? new Date(/^\d{4}-\d\d-\d\dT/.test(text) ? text : Number.NaN)
      : new Date(now.getTime() + Number(count) * MINUTES[unit as keyof typeof MINUTES] * 60_000);
  if (Number.isNaN(time.getTime())) throw new TimeNotUnderstood(text, 'is neither a time nor how long from now');
  if (time <= now) throw new TimeNotUnderstood(text, 'has passed');
  return time;
}
