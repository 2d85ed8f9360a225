import * as z from 'zod/mini';

/** What stands and is remembered, as documents have it (src/schema/standing-matters.ts). */
export const matterList = z.readonly(
  z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      words: z.string(),
      since: z.string(),
      toldAt: z.nullable(z.string()),
      toldAgain: z.boolean(),
    }),
  ),
);
