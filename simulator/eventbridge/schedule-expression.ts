import { Cron } from 'croner';

/** When a schedule is due. */
export interface Timetable {
  /** The first time after this one, epoch milliseconds; undefined when there is none. `anchor` is where rates count from. */
  next(after: number, anchor: number): number | undefined;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-03-02T09:00:00)`; cron and at in the given time zone.
 * AWS counts days of the week from 1 = Sunday, and one of the two day fields must be `?`.
 * Rule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 * @throws RangeError for anything else.
 */
export function parseScheduleExpression(expression: string, timezone = 'UTC'): Timetable {
  const [, kind, content] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'rate' && content !== undefined) return rate(content);
  if (kind === 'cron' && content !== undefined) return calendar(toCronerPattern(content), timezone);
  if (kind === 'at' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content ?? '')) return calendar(content ?? '', timezone);
  throw new RangeError(`Invalid Schedule Expression ${expression}.`);
}

function rate(content: string): Timetable {
  const [, count, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(content) ?? [];
  const period = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(period)) throw new RangeError(`Invalid Schedule Expression rate(${content}).`);
  return { next: (after, anchor) => anchor + Math.max(1, Math.floor((after - anchor) / period) + 1) * period };
}

function calendar(pattern: string, timezone: string): Timetable {
  try {
    const cron = new Cron(pattern, { timezone, paused: true });
    return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error));
  }
}

function toCronerPattern(content: string): string {
  const fields = content.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields;
  if (fields.length !== 6 || dayOfMonth === undefined || dayOfWeek === undefined) {
    throw new RangeError(`Invalid Schedule Expression cron(${content}).`);
  }
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw new RangeError(`Invalid Schedule Expression cron(${content}).`);
  const days = dayOfWeek.split(',').map(toCronerDay).join(',');
  return ['0', minute, hour, dayOfMonth.replace('?', '*'), month, days.replace('?', '*'), year].join(' ');
}

// 1-7 = SUN-SAT becomes 0-6; `6L` (the last Friday) becomes `5#L`. What follows `/` or `#` is a count, not a day.
function toCronerDay(day: string): string {
  const [, days = '', tail = ''] = /^([^/#]*)(.*)$/.exec(day) ?? [];
  if (days === 'L') return '6';
  const shifted = days.replace(/\d/g, (digit) => String(Number(digit) - 1));
  return shifted.endsWith('L') ? `${shifted.slice(0, -1)}#L` : `${shifted}${tail}`;
}
