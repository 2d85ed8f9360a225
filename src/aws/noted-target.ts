import * as z from 'zod/mini';

/** A registration that a claim notes before it is taken away, as the state bucket has it. */
export const NotedTarget = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('target-group'),
    arn: z.string(),
    id: z.string(),
    port: z.number(),
    idle: z.optional(z.literal(true)),
  }),
  z.object({ kind: z.literal('classic'), name: z.string(), id: z.string(), idle: z.optional(z.literal(true)) }),
]);
