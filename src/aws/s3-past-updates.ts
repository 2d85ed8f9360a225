import * as z from 'zod/mini';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

const Launches = z.object({ launchTemplateId: z.string(), version: z.string(), imageId: z.string() });
const Past = z.looseObject({
  groupName: z.string(),
  status: z.string(),
  why: z.string(),
  reason: z.string(),
  by: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  target: Launches,
  previous: Launches,
  moved: z.array(z.unknown()),
});

/** An update that is over. */
export type PastUpdate = z.output<typeof Past>;

/**
 * The last updates of a cluster that are over, newest first. One that cannot be read is left out.
 * @throws what AWS throws
 */
export async function pastUpdates(
  aws: AwsAccess,
  bucket: string,
  cluster: string,
  { groupName, limit }: { readonly groupName?: string | undefined; readonly limit: number },
): Promise<readonly PastUpdate[]> {
  const objects = s3JsonObjects(aws, bucket, Past);
  const keys = await objects.keys(`updates/${cluster}/past/${groupName === undefined ? '' : `${groupName}/`}`);
  // The time is the last part of a key, behind the group.
  const newest = [...keys].sort((a, b) => (timeIn(a) < timeIn(b) ? 1 : -1)).slice(0, limit);
  const found = await Promise.all(
    newest.map(async (key) => {
      try {
        return (await objects.read(key))?.value;
      } catch (error) {
        if (error instanceof StateObjectUnreadable) return undefined;
        throw error;
      }
    }),
  );
  return found.flatMap((one) => one ?? []);
}

function timeIn(key: string): string {
  return key.split('/').at(-1) ?? '';
}
