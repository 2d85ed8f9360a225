import * as z from 'zod/mini';
import { ledgerKey } from '../disruptions/names.ts';
import type { Ledgers } from '../disruptions/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Ledger = z.object({
  leases: z.array(
    z.object({
      instanceId: z.string(),
      nodeName: z.string(),
      groupName: z.string(),
      zone: z.string(),
      reason: z.string(),
      execution: z.string(),
      voluntary: z.boolean(),
      takenAt: z.string(),
      surge: z.optional(z.object({ desiredBefore: z.number(), at: z.string() })),
    }),
  ),
});

/** Disruption ledgers as objects `disruptions/<cluster>.json` in the state bucket. */
export function s3DisruptionLedger(aws: AwsAccess, bucket: string): Ledgers {
  const objects = s3JsonObjects(aws, bucket, Ledger);
  return {
    async read(cluster) {
      const found = await objects.read(ledgerKey(cluster));
      return found && { ledger: found.value, etag: found.etag };
    },
    write: (cluster, { leases }, etag) => objects.write(ledgerKey(cluster), { leases: [...leases] }, etag),
  };
}
