import * as z from 'zod/mini';
import { badImageKey, pastUpdateKey, updateKey, updatesOfCluster } from '../updates/names.ts';
import type { BadImages, UpdateRecords } from '../updates/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const Launches = z.object({ launchTemplateId: z.string(), version: z.string(), imageId: z.string() });
const Move = z.object({
  instanceId: z.string(),
  nodeName: z.string(),
  zone: z.string(),
  execution: z.string(),
  shrink: z.boolean(),
  shrunk: z._default(z.boolean(), false),
  state: z.enum(['open', 'moved', 'failed']),
  why: z.string(),
  since: z.string(),
});
const Wave = z.object({
  stage: z.enum(['surge', 'move', 'settle', 'give-back']),
  base: z.number(),
  by: z.number(),
  raised: z.boolean(),
  lowering: z._default(z.number(), 0),
  size: z.number(),
  since: z.string(),
  stageSince: z.string(),
  moves: z.readonly(z.array(Move)),
  failedJoins: z.number(),
});
const Record = z.object({
  cluster: z.string(),
  groupName: z.string(),
  way: z.enum(['image', 'in-place', 'managed']),
  reason: z.string(),
  by: z.string(),
  execution: z.string(),
  status: z.enum(['running', 'waiting', 'stopped', 'done', 'rolled-back']),
  waitsFor: z.enum(['', 'window', 'andon', 'pause', 'replacement', 'history', 'EKS']),
  why: z.string(),
  startedAt: z.string(),
  updatedAt: z.string(),
  endedAt: z.string(),
  phase: z.enum(['canary', 'bake', 'waves', 'roll-back']),
  target: Launches,
  previous: Launches,
  managed: z._default(
    z.nullable(
      z.object({
        clusterName: z.string(),
        nodeGroup: z.string(),
        askedAt: z.string(),
        updateId: z.string(),
        refused: z.string(),
      }),
    ),
    null,
  ),
  followed: z.string(),
  launchedBefore: z.string(),
  now: z.boolean(),
  suspended: z.readonly(z.array(z.string())),
  settled: z.boolean(),
  wave: z.nullable(Wave),
  waves: z.number(),
  hooks: z._default(z.object({ before: z.number(), after: z.number() }), { before: 0, after: 0 }),
  extra: z._default(z.number(), 0),
  extraBase: z._default(z.number(), 0),
  lastWaveSeconds: z.number(),
  moves: z.number(),
  moved: z.readonly(
    z.array(z.object({ instanceId: z.string(), nodeName: z.string(), zone: z.string(), at: z.string() })),
  ),
  bake: z.nullable(
    z.object({
      until: z.string(),
      countedAt: z._default(z.string(), ''),
      podsNotReady: z.nullable(z.number()),
      notReadyOf: z._default(z.nullable(z.record(z.string(), z.number())), null),
      revisions: z._default(z.nullable(z.readonly(z.array(z.string()))), null),
      notReady: z._default(z.nullable(z.readonly(z.array(z.string()))), null),
      restarting: z._default(z.nullable(z.readonly(z.array(z.string()))), null),
      notReadySince: z._default(z.string(), ''),
      ownNotReady: z._default(z.record(z.string(), z.string()), {}),
      restarts: z._default(z.record(z.string(), z.string()), {}),
    }),
  ),
  validation: z.object({
    good: z.number(),
    goodAt: z.string(),
    badSince: z.string(),
    blamedSince: z.string(),
    incompleteSince: z._default(z.string(), ''),
    problems: z.readonly(z.array(z.string())),
  }),
  tripped: z.string(),
  stopping: z.string(),
  trouble: z._default(z.string(), ''),
  pinned: z._default(z.enum(['unseen', 'seen', 'missed', 'gone']), 'unseen'),
  asked: z.nullable(
    z.object({
      what: z.enum(['pause', 'abort', 'roll-back']),
      by: z.string(),
      at: z.string(),
      reason: z.string(),
    }),
  ),
  turns: z.number(),
});

/** Records of updates as objects below `updates/` in the state bucket, compare-and-swapped by entity tag. */
export function s3UpdateRecords(aws: AwsAccess, bucket: string): UpdateRecords {
  const objects = s3JsonObjects(aws, bucket, Record);
  return {
    async read(cluster, groupName) {
      const found = await objects.read(updateKey(cluster, groupName));
      return found && { record: found.value, etag: found.etag };
    },
    write: (record, etag) => objects.replace(updateKey(record.cluster, record.groupName), { ...record }, etag),
    async keep(record) {
      await putJson(aws, bucket, pastUpdateKey(record.cluster, record.groupName, record.endedAt), record);
    },
    async ofCluster(cluster) {
      const keys = await objects.keys(updatesOfCluster(cluster));
      const found = await Promise.all(keys.map((key) => objects.read(key)));
      return found.flatMap((one) => (one ? [one.value] : []));
    },
  };
}

const BadImage = z.object({ imageId: z.string(), why: z.string(), since: z.string(), cluster: z.string() });

/** Images that were rolled back, below `updates/bad-images/` in the state bucket. */
export function s3BadImages(aws: AwsAccess, bucket: string): BadImages {
  const objects = s3JsonObjects(aws, bucket, BadImage);
  return {
    read: async (imageId) => (await objects.read(badImageKey(imageId)))?.value,
    async mark(image) {
      // Each turn of a rollback says it again; who said it first, and when, stays.
      await objects.write(badImageKey(image.imageId), image, undefined);
    },
  };
}
