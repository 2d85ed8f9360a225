import { describe, expect, it } from 'vitest';
import { untilTime } from '../../../cli/health/until-time.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('until when', () => {
  it.each([
    ['30m', '2026-03-01T12:30:00.000Z'],
    ['4h', '2026-03-01T16:00:00.000Z'],
    ['2d', '2026-03-03T12:00:00.000Z'],
    ['2026-03-01T12:00:01Z', '2026-03-01T12:00:01.000Z'],
    ['2026-03-01T14:00:00+01:00', '2026-03-01T13:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(untilTime(text, now).toISOString()).toBe(time);
  });

  it.each(['tomorrow', '', '4', '4 h', '-4h', '2026', '2026-03-01T12:00:00Z', '2026-02-01T00:00:00Z', '0m'])(
    '%j is refused, and says what would do',
    (text) => {
      expect(() => untilTime(text, now)).toThrow(/--until: .*30m, 4h, 2d/);
    },
  );
});
