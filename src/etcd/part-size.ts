const MiB = 1024 * 1024;

/** docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: at most 10,000 parts; some are left for a database that grows meanwhile. */
const PARTS = 9_000;
/** S3 takes no smaller part than 5 MiB; with 8 MiB its latency hardly shows, and few of them fit a function of 512 MiB. */
const SMALLEST_BYTES = 8 * MiB;

/** How large the parts of a snapshot are, in whole MiB, so that a database of this size fits even when it does not compress at all. */
export function partBytes(databaseBytes: number): number {
  return Math.max(SMALLEST_BYTES, Math.ceil(databaseBytes / PARTS / MiB) * MiB);
}
