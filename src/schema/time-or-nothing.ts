import * as z from 'zod/mini';

/** A time that may be missing: ISO 8601, or empty. What is no time would become a drain that never ends, or ends at once. */
export const TimeOrNothing = z
  .string()
  .check(
    z.refine(
      (text) => text === '' || !Number.isNaN(Date.parse(text)),
      'must be a time, as in 2026-03-01T12:00:00Z, or empty',
    ),
  );
