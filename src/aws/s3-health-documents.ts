import * as z from 'zod/mini';
import { healthHistoryKey, healthKey } from '../health/names.ts';
import type { HealthDocument, HealthDocuments } from '../health/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { matterList } from './matter-form.ts';
import { pageFields } from './page-form.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

type HealthMemory = HealthDocument['memory'];
/** A form of every field, also of those that may be absent: one that it does not name would be forgotten. */
type FormOf<T> = Readonly<Record<keyof T, z.ZodMiniType>>;

const time = z.nullable(z.string());
const Transition = z.object({
  at: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  seenAt: z.string(),
  excused: z.boolean(),
});
/** What the next pass goes by. All else of the document is for people, and is taken as it is. */
const Memory = z.object({
  at: time,
  apiServer: z.object({
    awaySince: time,
    lastOutage: z.nullable(z.object({ from: z.string(), to: z.string() })),
  }),
  subjects: z.record(
    z.string(),
    z.object({
      since: time,
      signals: z.record(z.string(), z.object({ since: z.string(), seenAt: z.string() })),
      execution: z.nullable(z.string()),
      startedAt: time,
      startedFor: z.optional(z.string()),
      paged: z._default(z.record(z.string(), z.string()), {}),
    } satisfies FormOf<HealthMemory['subjects'][string]>),
  ),
  nodes: z.record(
    z.string(),
    z.object({
      transitions: z.readonly(z.array(Transition)),
      conditions: z.record(
        z.string(),
        z.object({
          since: z.string(),
          bootId: z.string(),
          rebooted: z.nullable(z.object({ bootId: z.string(), heardAt: z.string() })),
        }),
      ),
      lease: z.nullable(z.object({ renewedAt: z.string(), seenAt: z.string() })),
      bootId: z.optional(z.string()),
      disturbedAt: z.optional(z.string()),
    } satisfies FormOf<HealthMemory['nodes'][string]>),
  ),
  mended: z._default(
    z.record(
      z.string(),
      z.readonly(z.array(z.object({ signal: z.string(), rung: z.enum(['restart', 'reboot']), at: z.string() }))),
    ),
    {},
  ),
  gone: z.record(
    z.string(),
    z.object({
      passes: z.number(),
      firstAt: z.string(),
      terminated: z.optional(z.boolean()),
    } satisfies FormOf<HealthMemory['gone'][string]>),
  ),
  nodeless: z.record(z.string(), z.string()),
  members: z._default(z.record(z.string(), z.string()), {}),
  begun: z.readonly(
    z.array(
      z.object({
        instanceId: z.string(),
        nodeName: z.string(),
        groupName: z.string(),
        zone: z.string(),
        workflow: z.string(),
        execution: z.string(),
        reason: z.string(),
        since: z.string(),
      }),
    ),
  ),
  unattended: z._default(z.record(z.string(), z.object({ lifecycleState: z.string(), since: z.string() })), {}),
  breakers: z.record(z.string(), z.object({ openSince: z.string(), stormAt: time })),
  matters: z._default(matterList, []),
  snapshotsSeenAt: z._default(time, null),
});
const Page = z.object({ key: z.string(), ...pageFields });
/** What another version has left unsent is not sent: the finding goes on being shown. */
const Document = z.looseObject({
  cluster: z.string(),
  at: z.string(),
  memory: Memory,
  unsent: z.catch(z.readonly(z.array(Page)), []),
});

/** The types say whether the form above has all of it. */
function documentOf(rest: object, memory: HealthMemory): HealthDocument {
  return { ...rest, memory } as HealthDocument;
}

/** What health passes leave, as objects below `health/` in the state bucket. */
export function s3HealthDocuments(aws: AwsAccess, bucket: string): HealthDocuments {
  const objects = s3JsonObjects(aws, bucket, Document);
  return {
    async read(cluster) {
      try {
        const found = await objects.read(healthKey(cluster));
        if (!found) return { etag: undefined };
        const { memory, ...rest } = found.value;
        return { document: documentOf(rest, memory), etag: found.etag };
      } catch (error) {
        if (error instanceof StateObjectUnreadable) return { etag: error.etag };
        throw error;
      }
    },
    write: (document, etag) => objects.replace(healthKey(document.cluster), { ...document }, etag),
    async keep(document) {
      await putJson(aws, bucket, healthHistoryKey(document.cluster, document.at), document);
    },
  };
}
