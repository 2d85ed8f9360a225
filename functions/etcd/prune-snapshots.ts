import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { prunePki } from '../../src/etcd/prune-pki.ts';
import { pruneSnapshots } from '../../src/etcd/prune-snapshots.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { pkiShelfOf } from '../../src/wiring/pki-of.ts';

const list = z.readonly(z.array(z.string()));

/** Removes the snapshots that the cluster's policy does not want any more, what functions that died have left, and backups of PKI that no snapshot needs which is kept. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ removed: list, leftovers: list, abortedUploads: z.number(), kept: z.number(), pki: list }),
  services: async ({ cluster }) => ({
    policy: (await describedEtcd(cluster, process.env)).etcd.snapshots,
    store: snapshotStoreOf(process.env),
    shelf: pkiShelfOf(process.env),
  }),
  run: async ({ cluster }, { policy, store, shelf }, { now }) => {
    const pruned = await pruneSnapshots(cluster, store, policy, now());
    return { ...pruned, pki: await prunePki(cluster, store, shelf) };
  },
  counters: ({ removed, kept }) => ({ SnapshotsRemoved: removed.length, SnapshotsKept: kept }),
});
