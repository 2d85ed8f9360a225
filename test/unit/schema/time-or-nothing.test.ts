import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { TimeOrNothing } from '../../../src/schema/time-or-nothing.ts';

it.each(['', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00+02:00'])(
  '"%s" is a time, or none',
  (text) => {
    expect(z.safeParse(TimeOrNothing, text).success).toBe(true);
  },
);

it.each(['tomorrow', '2026-13-01T12:00:00Z', ' '])('"%s" is refused, with an example', (text) => {
  expect(z.safeParse(TimeOrNothing, text).error?.issues[0]?.message).toContain('as in 2026-03-01T12:00:00Z');
});
