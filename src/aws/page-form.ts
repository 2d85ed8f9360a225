import * as z from 'zod/mini';

/** The fields of a page that is written down before it is sent. */
export const pageFields = {
  kind: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  cluster: z.string(),
  subject: z.string(),
  what: z.string(),
  node: z.string(),
  did: z.string(),
  todo: z.string(),
  command: z.string(),
  runbook: z.string(),
} as const;
