import * as z from 'zod/mini';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Action = z.object({
  service: z.string(),
  action: z.string(),
  target: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  before: z.optional(z.record(z.string(), z.unknown())),
  outcome: z.string(),
});
const Record = z.looseObject({
  time: z.string(),
  cluster: z.string(),
  functionName: z.string(),
  execution: z.optional(z.string()),
  step: z.optional(z.string()),
  reason: z.optional(z.string()),
  outcome: z.string(),
  actions: z.readonly(z.array(Action)),
});

/** What one invocation of a function has changed. */
export type AuditRecord = z.output<typeof Record>;

/** Which records are asked for. */
export interface AuditQuery {
  /** `none` is what belongs to no cluster. */
  readonly clusters: readonly string[];
  readonly since: Date;
  readonly until: Date;
  readonly limit: number;
  readonly fits: (record: AuditRecord) => boolean;
}

const DAY_MS = 86_400_000;
/** Read at once. */
const BATCH = 25;
/** More than this nobody waits for: Athena is for that. */
const MOST_READ = 2_000;

/**
 * Records newest first, day by day backwards, and whether the search was given up before the oldest. One that cannot be read is left out.
 * @throws what AWS throws
 */
export async function auditRecords(
  aws: AwsAccess,
  bucket: string,
  { clusters, since, until, limit, fits }: AuditQuery,
): Promise<{ readonly records: readonly AuditRecord[]; readonly givenUp: boolean }> {
  const objects = s3JsonObjects(aws, bucket, Record);
  const read = (key: string) =>
    objects.read(key).catch((error: unknown) => {
      if (error instanceof StateObjectUnreadable) return undefined;
      throw error;
    });
  const records: AuditRecord[] = [];
  let tried = 0;
  for (const day of daysBack(since, until)) {
    const keys = await keysOf(objects.keys, clusters, day);
    for (let from = 0; from < keys.length; from += BATCH) {
      if (records.length >= limit) return { records: records.slice(0, limit), givenUp: false };
      if (tried >= MOST_READ) return { records, givenUp: true };
      const batch = keys.slice(from, from + BATCH);
      tried += batch.length;
      const found = (await Promise.all(batch.map(read))).flatMap((one) => one?.value ?? []);
      const within = found.filter(
        ({ time }) => Date.parse(time) >= since.getTime() && Date.parse(time) <= until.getTime(),
      );
      records.push(...within.filter(fits));
    }
  }
  return { records: records.slice(0, limit), givenUp: false };
}

/** `2026/03/02`, newest first. */
function daysBack(since: Date, until: Date): readonly string[] {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
  const first = Math.floor(since.getTime() / DAY_MS);
  const last = Math.floor(until.getTime() / DAY_MS);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => day((last - index) * DAY_MS));
}

// A key ends with its time of day, so of one day the names of objects are in its order, whatever the cluster.
async function keysOf(
  list: (prefix: string) => Promise<readonly string[]>,
  clusters: readonly string[],
  day: string,
): Promise<readonly string[]> {
  const keys = (await Promise.all(clusters.map((cluster) => list(`audit/${cluster}/${day}/`)))).flat();
  const name = (key: string) => key.split('/').at(-1) ?? '';
  return keys.toSorted((a, b) => (name(a) < name(b) ? 1 : -1));
}
