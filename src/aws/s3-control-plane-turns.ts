import * as z from 'zod/mini';
import { controlPlaneTurnKey } from '../nodes/names.ts';
import type { ControlPlaneTurns } from '../nodes/turn-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Turn = z.object({
  cluster: z.string(),
  instanceId: z.string(),
  owner: z.string(),
  takenAt: z.string(),
  attempts: z.number(),
  uploader: z.optional(z.string()),
  commandId: z.optional(z.string()),
  uploadedAt: z.optional(z.string()),
});

/** Turns as objects `control-plane-joins/<cluster>.json` in the state bucket. */
export function s3ControlPlaneTurns(aws: AwsAccess, bucket: string): ControlPlaneTurns {
  const objects = s3JsonObjects(aws, bucket, Turn);
  return {
    async read(cluster) {
      const found = await objects.read(controlPlaneTurnKey(cluster));
      return found && { turn: found.value, etag: found.etag };
    },
    write: (turn, etag) => objects.write(controlPlaneTurnKey(turn.cluster), { ...turn }, etag),
    delete: (cluster, etag) => objects.delete(controlPlaneTurnKey(cluster), etag),
  };
}
