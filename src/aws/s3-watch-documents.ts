import * as z from 'zod/mini';
import { watchKey } from '../images/names.ts';
import type { GroupReport, WatchDocument, WatchDocuments } from '../images/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { pageFields } from './page-form.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

/** What the next pass goes by. All else of a report is for people, and is taken as it is. */
const Report = z.looseObject({
  groupName: z.string(),
  newest: z.nullable(
    z.object({ imageId: z.string(), name: z.string(), createdAt: z.string(), architecture: z.string() }),
  ),
  version: z.string(),
  madeFrom: z.string(),
  diff: z.readonly(z.array(z.string())),
  wanting: z.readonly(z.array(z.string())),
  boots: z.record(z.string(), z.string()),
  asked: z.record(z.string(), z.string()),
  told: z.string(),
  begun: z.nullable(z.object({ version: z.string(), at: z.string() })),
  resumed: z._default(z.string(), ''),
});
const Unsent = z.object({ groupName: z.string(), ...pageFields });
const Document = z.looseObject({
  cluster: z.string(),
  at: z.string(),
  groups: z.array(Report),
  started: z.readonly(z.array(z.object({ name: z.string(), why: z.string() }))),
  unsent: z.readonly(z.array(Unsent)),
  problems: z.readonly(z.array(z.string())),
});

/** What passes of the watch leave, as an object below `updates/` in the state bucket. */
export function s3WatchDocuments(aws: AwsAccess, bucket: string): WatchDocuments {
  const objects = s3JsonObjects(aws, bucket, Document);
  return {
    async read(cluster) {
      try {
        const found = await objects.read(watchKey(cluster));
        return found ? { document: documentOf(found.value), etag: found.etag } : { etag: undefined };
      } catch (error) {
        // What it loses is which versions were made and what was told: both are done once more.
        if (error instanceof StateObjectUnreadable) return { etag: error.etag };
        throw error;
      }
    },
    write: (document, etag) =>
      objects.replace(
        watchKey(document.cluster),
        { ...document, groups: document.groups.map((one) => ({ ...one })) },
        etag,
      ),
  };
}

function documentOf({ groups, ...rest }: z.output<typeof Document>): WatchDocument {
  return { ...rest, groups: groups.map((report) => ({ ...report }) as unknown as GroupReport) };
}
