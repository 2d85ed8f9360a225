import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { proveSnapshot } from '../../src/etcd/drill-snapshot.ts';
import { task } from '../../src/runtime/task.ts';
import { drillGroundOf, proofStoreOf } from '../../src/wiring/drill-of.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

/** Restores a snapshot (the newest, unless one is named) into an etcd and an API server of its own, and proves it. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, snapshot: z._default(z.string(), '') }),
  output: z.object({
    id: z.string(),
    revision: z.number(),
    keys: z.number(),
    hashKv: z.number(),
    kinds: z.optional(z.number()),
    objects: z.optional(z.number()),
    rtoSeconds: z.number(),
    rpoSeconds: z.number(),
  }),
  services: async ({ cluster }) => ({
    canaryKeys: (await describedEtcd(cluster, process.env)).etcd.drills.canaryKeys,
    store: snapshotStoreOf(process.env),
    proofs: proofStoreOf(process.env),
    ground: drillGroundOf(process.env),
  }),
  run: async ({ cluster, snapshot }, { canaryKeys, store, proofs, ground }, { now }) => {
    const record = await chooseSnapshot(cluster, snapshot === '' ? undefined : snapshot, store);
    const { id, etcd, kubernetes, rto, rpoSeconds } = await proveSnapshot(
      { record, canaryKeys },
      store,
      proofs,
      ground,
      now,
    );
    const { revision, keys, hashKv } = etcd;
    const found = kubernetes && { kinds: kubernetes.kinds, objects: kubernetes.objects };
    return { id, revision, keys, hashKv, ...found, rtoSeconds: rto.seconds, rpoSeconds };
  },
  counters: ({ rtoSeconds, rpoSeconds, keys }) => ({
    SnapshotsProven: 1,
    ProofAgeSeconds: 0,
    DrillRtoSeconds: rtoSeconds,
    DrillRpoSeconds: rpoSeconds,
    EtcdKeys: keys,
  }),
});
