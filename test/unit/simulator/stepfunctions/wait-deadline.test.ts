import { describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../../../simulator/stepfunctions/wait-deadline.ts';

describe('parseTimestamp', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
  it.each([
    ['2016-03-05T21:29:29Z', Date.UTC(2016, 2, 5, 21, 29, 29)],
    ['2016-03-05T21:29:29.243167252Z', Date.UTC(2016, 2, 5, 21, 29, 29, 243)],
    ['2016-03-05T21:29+01:30', Date.UTC(2016, 2, 5, 19, 59)],
    ['2016-02-29T00:00:00-00:30', Date.UTC(2016, 1, 29, 0, 30)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
  ])('reads %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    '2016-03-05 21:29:29Z',
    '2016-03-05T21:29:29',
    '2016-13-05T21:29:29Z',
    '2016-12-05T25:29:29Z',
    '2015-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '05-12-2016T21:29:29Z',
    '2016-03-05',
    '',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
