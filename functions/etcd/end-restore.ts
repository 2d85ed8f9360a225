import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { endRestore } from '../../src/etcd/end-restore.ts';
import { task } from '../../src/runtime/task.ts';
import { restoreOf } from '../../src/wiring/restore-of.ts';

const list = z.readonly(z.array(z.string()));

/** Closes what a restore has open; done, lets Auto Scaling look after the groups again. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, done: z.boolean(), note: z.string() }),
  output: z.object({
    outcome: z.enum(['closed', 'done', 'another', 'none']),
    leftSuspended: z.record(z.string(), list),
    stopped: list,
  }),
  services: ({ cluster }, { now }) => restoreOf(cluster, process.env, now),
  run: (input, { ports, door }, { execution = 'none' }) =>
    endRestore({ ...input, execution }, { ...ports, door: door() }),
});
