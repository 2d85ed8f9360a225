import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { pruneSnapshots } from '../../src/etcd/prune-snapshots.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

const list = z.readonly(z.array(z.string()));

/** Removes the snapshots that the cluster's policy does not want any more, and what functions that died have left. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ removed: list, leftovers: list, abortedUploads: z.number(), kept: z.number() }),
  services: async ({ cluster }) => ({
    policy: (await describedEtcd(cluster, process.env)).etcd.snapshots,
    store: snapshotStoreOf(process.env),
  }),
  run: ({ cluster }, { policy, store }, { now }) => pruneSnapshots(cluster, store, policy, now()),
  counters: ({ removed, kept }) => ({ SnapshotsRemoved: removed.length, SnapshotsKept: kept }),
});
