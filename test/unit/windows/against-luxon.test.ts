import fc from 'fast-check';
import { DateTime, IANAZone } from 'luxon';
import { describe, expect, it } from 'vitest';
import { windowAt } from '../../../src/windows/window-at.ts';
import type { Blackout, Window } from '../../../src/windows/window-policy.ts';

/** Another library's clocks, asked for nothing but what they show at a moment; a quarter of an hour divides every offset and every change of one. */
const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;
const DAY_MS = 24 * HOUR_MS;
const FIRST = Date.UTC(2020, 0, 1);
const LAST = Date.UTC(2030, 0, 1);
const long = process.env.TENDER_LONG !== undefined;
/** Around each change, in quarters of an hour of the local clock: one in turn, or two. */
const starts = (turn: number) => [-2, 0, 1, 3].slice(turn % 3, (turn % 3) + (long ? 2 : 1));

/** Changes at midnight, of half an hour, of two hours, at a month of fasting, the other way round, the other hemisphere, and some without any. */
const ZONES =
  `Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Johannesburg Africa/Juba Africa/Lagos Africa/Tunis America/Adak America/Anchorage
America/Asuncion America/Bogota America/Chicago America/Chihuahua America/Denver America/Halifax America/Havana America/Los_Angeles America/Mexico_City
America/New_York America/Nuuk America/Phoenix America/Santiago America/Sao_Paulo America/Scoresbysund America/St_Johns Antarctica/Troll Asia/Amman
Asia/Beirut Asia/Damascus Asia/Gaza Asia/Jerusalem Asia/Kathmandu Asia/Kolkata Asia/Shanghai Asia/Tehran Asia/Tokyo Atlantic/Azores Australia/Adelaide
Australia/Lord_Howe Australia/Sydney Europe/Berlin Europe/Dublin Europe/Istanbul Europe/Lisbon Europe/London Europe/Volgograd Pacific/Apia
Pacific/Auckland Pacific/Chatham Pacific/Easter Pacific/Fiji Pacific/Norfolk UTC`.split(/\s+/);

function offsetMs(time: number, zone: string): number {
  return IANAZone.create(zone).offset(time) * 60_000;
}

/** What the clocks show, as if it were UTC. */
function shown(time: number, zone: string): number {
  return time + offsetMs(time, zone);
}

/** The first moment at which the clocks show `local` or more. */
function firstShowing(local: number, zone: string): number {
  let time = local - offsetMs(local, zone) - 4 * HOUR_MS;
  while (shown(time, zone) < local) time += QUARTER_MS;
  return time;
}

function changesOf(zone: string): readonly number[] {
  const changes: number[] = [];
  // No zone changes twice within a week.
  for (let week = FIRST; week < LAST; week += 7 * DAY_MS) {
    const before = offsetMs(week, zone);
    if (offsetMs(week + 7 * DAY_MS, zone) === before) continue;
    let time = week;
    while (offsetMs(time, zone) === before) time += QUARTER_MS;
    changes.push(time);
  }
  return changes;
}

const dayName = (local: number) => DateTime.fromMillis(local, { zone: 'utc' }).toFormat('cccc').toLowerCase();

/** The window of every week that begins when the clocks show this. */
function windowFrom(local: number, minutes: number, timeZone: string): Window {
  const start = DateTime.fromMillis(local, { zone: 'utc' }).toFormat('HH:mm');
  return { days: [dayName(local)], start, minutes, timeZone };
}

function referenceOpen(windows: readonly Window[], blackouts: readonly Blackout[], time: number): boolean {
  const zone = windows[0]?.timeZone ?? 'UTC';
  const local = (text: string) => DateTime.fromISO(text, { zone: 'utc' }).toMillis();
  const dark = blackouts.some(({ from, until, timeZone = zone }) => {
    const end = until.includes('T') ? local(until) : local(until) + DAY_MS;
    return firstShowing(local(from), timeZone) <= time && time < firstShowing(end, timeZone);
  });
  if (dark) return false;
  return windows.some(({ days, start, minutes, timeZone }) => {
    const today = Math.floor(shown(time, timeZone) / DAY_MS) * DAY_MS;
    const [hour = 0, minute = 0] = start.split(':').map(Number);
    return [-3, -2, -1, 0, 1].some((later) => {
      const day = today + later * DAY_MS;
      if (!days.includes(dayName(day))) return false;
      const from = firstShowing(day + hour * HOUR_MS + minute * 60_000, timeZone);
      return from <= time && time < from + minutes * 60_000;
    });
  });
}

describe('windows, by the clocks of another library', () => {
  it('open and close at the same moments around every change of ten years in fifty time zones', () => {
    const wrong: string[] = [];
    let changes = 0;
    for (const zone of ZONES) {
      for (const change of changesOf(zone)) {
        changes += 1;
        const around = Math.round(shown(change - QUARTER_MS, zone) / QUARTER_MS) * QUARTER_MS + QUARTER_MS;
        for (const later of starts(changes)) {
          const local = around + later * QUARTER_MS;
          const from = firstShowing(local, zone);
          const until = from + HOUR_MS;
          const windows = [windowFrom(local, 60, zone)];
          const seen = [
            windowAt(windows, [], new Date(from - 1)).next,
            windowAt(windows, [], new Date(from)).until,
            windowAt(windows, [], new Date(until)).open,
          ];
          const right = [new Date(from).toISOString(), new Date(until).toISOString(), false];
          if (seen.join() !== right.join())
            wrong.push(`${zone} ${new Date(local).toISOString()}: ${seen} for ${right}`);
        }
      }
    }

    expect(ZONES.length).toBeGreaterThanOrEqual(50);
    expect(changes).toBeGreaterThan(600);
    expect(wrong).toEqual([]);
  });

  it('are open when the other library says so, at any time, and change when they say that they will', () => {
    const window = fc.record({
      days: fc.subarray(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], {
        minLength: 1,
      }),
      start: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30', '45'))
        .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`),
      minutes: fc.integer({ min: 1, max: 180 }).map((quarters) => quarters * 15),
      timeZone: fc.constantFrom(...ZONES),
    });
    const times = fc.integer({ min: FIRST / QUARTER_MS, max: LAST / QUARTER_MS });
    const blackout = fc.tuple(times, fc.integer({ min: 1, max: 2000 }), fc.boolean()).map(([from, quarters, days]) => {
      const text = (quarter: number) => new Date(quarter * QUARTER_MS).toISOString().slice(0, days ? 10 : 16);
      return { from: text(from), until: text(from + quarters) };
    });
    const world = fc.record({
      windows: fc.array(window, { minLength: 1, maxLength: 3 }),
      blackouts: fc.array(blackout, { maxLength: 2 }),
      now: times.map((quarter) => quarter * QUARTER_MS),
    });

    fc.assert(
      fc.property(world, ({ windows, blackouts, now }) => {
        const { open, until, next } = windowAt(windows, blackouts, new Date(now));
        expect(open).toBe(referenceOpen(windows, blackouts, now));
        const change = Date.parse(open ? until : next);
        if (Number.isNaN(change)) return;
        expect(referenceOpen(windows, blackouts, change)).toBe(!open);
        const before = [change - 1, (now + change) / 2, now + (change - now) / 7];
        for (const time of before) expect(referenceOpen(windows, blackouts, time)).toBe(open);
      }),
      { numRuns: long ? 800 : 60, seed: 6 },
    );
  });
});
