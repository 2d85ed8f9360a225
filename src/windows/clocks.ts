import { Temporal } from 'temporal-polyfill';

/** From `from` to `until`, which does not belong to it, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/**
 * When the clocks of a time zone show a time, in milliseconds since 1970. A time that they skip is when they have skipped it; one that comes twice, the first.
 *
 * @param local `2026-03-29T02:30`, or a day, which is its first moment
 */
export function momentOf(local: string, timeZone: string): number {
  const wanted = Temporal.PlainDateTime.from(local);
  const found = wanted.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds;
  return found.getTimeZoneTransition('next')?.epochMilliseconds ?? found.epochMilliseconds;
}

/** The day that the clocks of a time zone show, so many days later. */
export function dayAt(time: number, timeZone: string, later = 0): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).toPlainDate().add({ days: later });
}

/** The day after, `2027-01-04`. */
export function dayAfter(day: string): string {
  return Temporal.PlainDate.from(day).add({ days: 1 }).toString();
}

/** A time for people, by the clocks of a time zone: `2026-03-29 03:00 Europe/Berlin`. */
export function clockText(time: number, timeZone: string): string {
  const shown = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return `${shown.toString({ smallestUnit: 'minute' }).replace('T', ' ')} ${timeZone}`;
}
