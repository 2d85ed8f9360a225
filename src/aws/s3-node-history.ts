import * as z from 'zod/mini';
import { changeKey, runningKey } from '../images/names.ts';
import type { NodeHistory } from '../images/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const running = {
  nodeName: z.string(),
  instanceId: z.string(),
  groupName: z.string(),
  imageId: z.string(),
  version: z.string(),
  os: z.string(),
  kernel: z.string(),
  kubelet: z.string(),
};
const Running = z.nullable(z.object(running));
const RunningNodes = z.object({
  cluster: z.string(),
  at: z.string(),
  head: z.string(),
  nodes: z.record(z.string(), z.object({ ...running, since: z.string() })),
});
const Change = z.object({
  id: z.string(),
  parent: z.string(),
  cluster: z.string(),
  at: z.string(),
  nodes: z.readonly(z.array(z.object({ before: Running, after: Running }))),
});

/** What ran where, as objects below `updates/<cluster>/history/` in the state bucket. */
export function s3NodeHistory(aws: AwsAccess, bucket: string): NodeHistory {
  const current = s3JsonObjects(aws, bucket, RunningNodes);
  const changes = s3JsonObjects(aws, bucket, Change);
  return {
    async running(cluster) {
      try {
        const found = await current.read(runningKey(cluster));
        return found ? { running: found.value, etag: found.etag } : { etag: undefined };
      } catch (error) {
        // The changes before it are lost to sight, and stay where they are.
        if (error instanceof StateObjectUnreadable) return { etag: error.etag };
        throw error;
      }
    },
    write: (nodes, etag) => current.write(runningKey(nodes.cluster), { ...nodes }, etag),
    async keep(change) {
      await putJson(aws, bucket, changeKey(change.cluster, change.id), change);
    },
    change: async (cluster, id) => (await changes.read(changeKey(cluster, id)))?.value,
  };
}
