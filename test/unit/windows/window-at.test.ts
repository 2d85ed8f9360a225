import { describe, expect, it } from 'vitest';
import { windowAt } from '../../../src/windows/window-at.ts';
import type { Blackout, Window } from '../../../src/windows/window-policy.ts';

const ALL = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

function at(now: string, windows: readonly Window[], blackouts: readonly Blackout[] = []) {
  return windowAt(windows, blackouts, new Date(now));
}

function nightly(start: string, minutes: number, timeZone = 'Europe/Berlin', days = ALL): readonly Window[] {
  return [{ days, start, minutes, timeZone }];
}

describe('windows', () => {
  it('that nobody has given are always open', () => {
    expect(at('2026-06-01T12:00:00Z', [])).toEqual({ open: true, until: '', next: '', why: 'open at any time' });
  });

  it('open by the clocks of their time zone, in summer and in winter, and say when they close and open', () => {
    const windows = nightly('02:00', 240);
    expect(at('2026-01-15T00:59:59Z', windows)).toMatchObject({ open: false, next: '2026-01-15T01:00:00.000Z' });
    expect(at('2026-01-15T01:00:00Z', windows)).toMatchObject({ open: true, until: '2026-01-15T05:00:00.000Z' });
    expect(at('2026-07-15T00:00:00Z', windows)).toMatchObject({
      open: true,
      until: '2026-07-15T04:00:00.000Z',
      why: 'open until 2026-07-15 06:00 Europe/Berlin',
    });
    expect(at('2026-07-15T04:00:00Z', windows)).toEqual({
      open: false,
      until: '',
      next: '2026-07-16T00:00:00.000Z',
      why: 'closed: outside the windows, the next opens 2026-07-16 02:00 Europe/Berlin',
    });
  });

  it('that begin at a time which the clocks skip begin when they have skipped it', () => {
    expect(at('2026-03-29T00:59:59Z', nightly('02:30', 60))).toMatchObject({ next: '2026-03-29T01:00:00.000Z' });
    expect(at('2026-03-29T01:00:00Z', nightly('02:30', 60))).toMatchObject({ until: '2026-03-29T02:00:00.000Z' });
  });

  it('that begin at a time which comes twice begin the first time, and last as long as ever', () => {
    expect(at('2026-10-25T00:29:00Z', nightly('02:30', 60))).toMatchObject({ next: '2026-10-25T00:30:00.000Z' });
    expect(at('2026-10-25T01:29:00Z', nightly('02:30', 60))).toMatchObject({ until: '2026-10-25T01:30:00.000Z' });
    expect(at('2026-10-25T01:31:00Z', nightly('02:30', 60))).toMatchObject({ open: false });
  });

  it('are of the day on which they begin, however late they end', () => {
    const friday = nightly('22:00', 720, 'UTC', ['friday']);
    expect(at('2026-06-06T09:00:00Z', friday)).toMatchObject({ open: true, until: '2026-06-06T10:00:00.000Z' });
    expect(at('2026-06-06T22:00:00Z', friday)).toMatchObject({ open: false, next: '2026-06-12T22:00:00.000Z' });
  });

  it('that meet or overlap are one, and never close where there is always one', () => {
    const two = [...nightly('02:00', 60), ...nightly('03:00', 60), ...nightly('03:30', 60)];
    expect(at('2026-06-01T00:10:00Z', two).until).toBe('2026-06-01T02:30:00.000Z');
    // The day on which clocks go back has 25 hours.
    expect(at('2026-06-01T00:10:00Z', nightly('00:00', 1500)).until).toBe('');
  });

  it('are closed by a blackout: the days that it names, and up to its times', () => {
    const days = [{ from: '2026-12-20', until: '2027-01-03' }];
    const windows = nightly('02:00', 240);
    expect(at('2026-12-19T23:00:00Z', windows, days)).toMatchObject({ open: false, next: '2027-01-04T01:00:00.000Z' });
    expect(at('2026-12-20T02:00:00Z', windows, days)).toMatchObject({ open: false, next: '2027-01-04T01:00:00.000Z' });
    expect(at('2026-12-20T02:00:00Z', windows, days).why).toBe(
      'closed: a blackout lasts until 2027-01-04 00:00 Europe/Berlin, the next opens 2027-01-04 02:00 Europe/Berlin',
    );
    const hours = [{ from: '2026-06-01T03:00', until: '2026-06-01T04:00', timeZone: 'Europe/Berlin' }];
    expect(at('2026-06-01T00:30:00Z', windows, hours)).toMatchObject({ open: true, until: '2026-06-01T01:00:00.000Z' });
    expect(at('2026-06-01T01:30:00Z', windows, hours)).toMatchObject({ open: false, next: '2026-06-01T02:00:00.000Z' });
    expect(at('2026-06-01T01:30:00Z', [], hours)).toMatchObject({ open: false, next: '2026-06-01T02:00:00.000Z' });
    expect(at('2026-06-01T00:30:00Z', [], hours)).toMatchObject({ open: true, until: '2026-06-01T01:00:00.000Z' });
  });

  it('say since when they are open: those that meet count as one, and a blackout cuts', () => {
    const windows = nightly('02:00', 240);
    expect(at('2026-06-01T01:30:00Z', windows).since).toBe('2026-06-01T00:00:00.000Z');
    expect(at('2026-06-01T00:00:00Z', windows).since).toBe('2026-06-01T00:00:00.000Z');
    const two = [...nightly('02:00', 60), ...nightly('03:00', 60), ...nightly('03:30', 60)];
    expect(at('2026-06-01T02:20:00Z', two).since).toBe('2026-06-01T00:00:00.000Z');
    const hours = [{ from: '2026-06-01T03:00', until: '2026-06-01T04:00', timeZone: 'Europe/Berlin' }];
    expect(at('2026-06-01T02:30:00Z', windows, hours).since).toBe('2026-06-01T02:00:00.000Z');
    expect(at('2026-06-01T02:30:00Z', [], hours).since).toBe('2026-06-01T02:00:00.000Z');
    expect(at('2026-06-01T02:30:00Z', []).since).toBeUndefined();
    expect(at('2026-06-01T00:10:00Z', nightly('00:00', 1500)).since).toBeUndefined();
  });

  it('that no time within a year is left for say so', () => {
    const years = [{ from: '2026-01-01', until: '2028-01-01' }];
    expect(at('2026-06-01T00:30:00Z', nightly('02:00', 240), years)).toMatchObject({
      open: false,
      next: '',
      why: expect.stringContaining('none opens within a year'),
    });
  });
});
