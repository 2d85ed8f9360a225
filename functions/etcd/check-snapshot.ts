import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkSnapshot } from '../../src/etcd/check-snapshot.ts';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { task } from '../../src/runtime/task.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

/** Reads a snapshot from end to end, before anything is stopped for its sake. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, snapshotId: z.string() }),
  output: z.object({ databaseBytes: z.number() }),
  services: () => snapshotStoreOf(process.env),
  run: async ({ cluster, snapshotId }, store) => checkSnapshot(await chooseSnapshot(cluster, snapshotId, store), store),
});
