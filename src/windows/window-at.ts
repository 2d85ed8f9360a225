import { clockText, dayAfter, dayAt, momentOf, type Span } from './clocks.ts';
import type { Blackout, Window } from './window-policy.ts';

/** Whether something may be done now. */
export interface WindowState {
  readonly open: boolean;
  /** While it is open: when it opened, ISO 8601; absent: longer ago than a year, or nobody knows. */
  readonly since?: string;
  /** While it is open: when it closes, ISO 8601; empty: not within a year. */
  readonly until: string;
  /** While it is closed: when it opens next, ISO 8601; empty: not within a year. */
  readonly next: string;
  /** For people. */
  readonly why: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How far is looked ahead. */
const HORIZON_MS = 366 * DAY_MS;
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/**
 * Whether something may be done at `now` by windows and blackouts, and when that changes. No windows: always; a blackout wins.
 *
 * Windows that meet or overlap are one. Days, times and the length of a day are those of the time zone (S33).
 */
export function windowAt(windows: readonly Window[], blackouts: readonly Blackout[], now: Date): WindowState {
  const time = now.getTime();
  const timeZone = windows[0]?.timeZone ?? 'UTC';
  const closed = blackouts.map((blackout) => spanOf(blackout, timeZone));
  const blackout = closed.find((span) => holds(span, time));
  if (!blackout && isWithin(windows, time)) {
    const until = closesAfter(windows, closed, time);
    const why = until === undefined ? 'open at any time' : `open until ${clockText(until, timeZone)}`;
    const since = openedBefore(windows, closed, time);
    return { open: true, ...(since !== undefined && { since: isoOf(since) }), until: isoOf(until), next: '', why };
  }
  const next = opensAfter(windows, closed, time);
  const why = blackout ? `a blackout lasts until ${clockText(blackout.until, timeZone)}` : 'outside the windows';
  return { open: false, until: '', next: isoOf(next), why: `closed: ${why}${opening(next, timeZone)}` };
}

function isWithin(windows: readonly Window[], time: number): boolean {
  return windows.length === 0 || windows.some((window) => spanAt(window, time));
}

function opening(next: number | undefined, timeZone: string): string {
  return next === undefined ? ', and none opens within a year' : `, the next opens ${clockText(next, timeZone)}`;
}

function isoOf(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString();
}

function holds({ from, until }: Span, time: number): boolean {
  return from <= time && time < until;
}

function spanOf({ from, until, timeZone }: Blackout, otherwise: string): Span {
  const zone = timeZone ?? otherwise;
  return { from: momentOf(from, zone), until: momentOf(until.includes('T') ? until : dayAfter(until), zone) };
}

/** The latest end of what is open at a time: of the window that holds it, and of those that begin before that one ends. */
function closesAfter(windows: readonly Window[], closed: readonly Span[], time: number): number | undefined {
  const horizon = time + HORIZON_MS;
  let end = windows.length === 0 ? Number.POSITIVE_INFINITY : time;
  while (end <= horizon) {
    const next = Math.max(...windows.map((window) => spanAt(window, end)?.until ?? end));
    if (next === end) break;
    end = next;
  }
  const cut = Math.min(end, ...closed.map(({ from }) => from).filter((from) => from > time));
  return cut > horizon ? undefined : cut;
}

/** When what is open at a time opened: the windows that hold it, those that reach to their beginning, and so on, since the last blackout. */
function openedBefore(windows: readonly Window[], closed: readonly Span[], time: number): number | undefined {
  const horizon = time - HORIZON_MS;
  let begin = windows.length === 0 ? Number.NEGATIVE_INFINITY : time + 1;
  while (begin >= horizon) {
    const before = Math.min(...windows.map((window) => spanAt(window, begin - 1)?.from ?? begin));
    if (before === begin) break;
    begin = before;
  }
  const cut = Math.max(begin, ...closed.map(({ until }) => until).filter((until) => until <= time));
  return cut < horizon ? undefined : cut;
}

/** The first time after this one, which is closed, at which a window is open and no blackout lasts. */
function opensAfter(windows: readonly Window[], closed: readonly Span[], time: number): number | undefined {
  let at = time;
  while (at <= time + HORIZON_MS) {
    const blackout = closed.find((span) => holds(span, at));
    if (blackout) at = blackout.until;
    else if (isWithin(windows, at)) return at;
    else at = Math.min(...windows.map((window) => startAfter(window, at)));
  }
  return undefined;
}

/** The window that is open at a time; of several that overlap, the one that ends last. */
function spanAt(window: Window, time: number): Span | undefined {
  const back = Math.ceil((window.minutes * MINUTE_MS) / DAY_MS) + 1;
  return spans(window, time, -back, 1)
    .filter((span) => holds(span, time))
    .at(-1);
}

/** When a window begins next. Each begins at least once a week; the day that is a change of date line apart may be missing. */
function startAfter(window: Window, time: number): number {
  return spans(window, time, -1, 9).find(({ from }) => from > time)?.from ?? Number.POSITIVE_INFINITY;
}

/** Those that begin on the days around that of `time`, in order. */
function spans({ days, start, minutes, timeZone }: Window, time: number, first: number, last: number): readonly Span[] {
  const today = dayAt(time, timeZone);
  return Array.from({ length: last - first + 1 }, (_, index) => today.add({ days: first + index }))
    .filter((day) => days.includes(DAYS[day.dayOfWeek - 1] ?? ''))
    .map((day) => momentOf(`${day.toString()}T${start}`, timeZone))
    .map((from) => ({ from, until: from + minutes * MINUTE_MS }));
}
