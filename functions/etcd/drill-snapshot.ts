import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { proveSnapshot } from '../../src/etcd/drill-snapshot.ts';
import { newestPki } from '../../src/etcd/open-pki.ts';
import { task } from '../../src/runtime/task.ts';
import { drillGroundOf, proofStoreOf } from '../../src/wiring/drill-of.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { pkiOf } from '../../src/wiring/pki-of.ts';

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
    pki: z.string(),
    rtoSeconds: z.number(),
    rpoSeconds: z.number(),
  }),
  services: async ({ cluster }) => ({
    canaryKeys: (await describedEtcd(cluster, process.env)).etcd.drills.canaryKeys,
    store: snapshotStoreOf(process.env),
    proofs: proofStoreOf(process.env),
    ground: drillGroundOf(process.env),
    pkis: pkiOf(process.env),
  }),
  run: async ({ cluster, snapshot }, { canaryKeys, store, proofs, ground, pkis }, { now }) => {
    const pki = await newestPki(cluster, pkis.store, pkis.key);
    const record = await chooseSnapshot(cluster, snapshot === '' ? undefined : snapshot, store);
    const {
      id,
      etcd,
      pki: matching,
      kubernetes,
      rto,
      rpoSeconds,
    } = await proveSnapshot({ record, canaryKeys, pki }, store, proofs, ground, now);
    const { revision, keys, hashKv } = etcd;
    const found = kubernetes && { kinds: kubernetes.kinds, objects: kubernetes.objects };
    return { id, revision, keys, hashKv, ...found, pki: matching.id, rtoSeconds: rto.seconds, rpoSeconds };
  },
  counters: ({ rtoSeconds, rpoSeconds, keys }) => ({
    SnapshotsProven: 1,
    ProofAgeSeconds: 0,
    DrillRtoSeconds: rtoSeconds,
    DrillRpoSeconds: rpoSeconds,
    EtcdKeys: keys,
  }),
});
