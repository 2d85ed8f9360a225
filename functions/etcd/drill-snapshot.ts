import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { drilledOnTask } from '../../src/etcd/drill-on-task.ts';
import type { SnapshotProof } from '../../src/etcd/drill-ports.ts';
import { proveSnapshot } from '../../src/etcd/drill-snapshot.ts';
import { newestPki } from '../../src/etcd/open-pki.ts';
import { placeOfDrill } from '../../src/etcd/place-of-drill.ts';
import { task } from '../../src/runtime/task.ts';
import { drillFailuresOf, drillGroundOf, drillTaskOf, proofStoreOf } from '../../src/wiring/drill-of.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { pkiOf } from '../../src/wiring/pki-of.ts';

const Proven = z.object({
  outcome: z.literal('proven'),
  id: z.string(),
  revision: z.number(),
  keys: z.number(),
  hashKv: z.number(),
  kinds: z.optional(z.number()),
  objects: z.optional(z.number()),
  pki: z.string(),
  rtoSeconds: z.number(),
  rpoSeconds: z.number(),
});

/** The task on Fargate that has room for it. */
const TooLarge = z.object({
  outcome: z.literal('too-large'),
  id: z.string(),
  task: z.object({
    cluster: z.string(),
    taskDefinition: z.string(),
    subnets: z.array(z.string()),
    securityGroups: z.array(z.string()),
    storageGiB: z.number(),
  }),
});

/**
 * Restores a snapshot (the newest, unless one is named) into an etcd and an API server of its own, and proves it. Of one that is too large for a function it says as which task
 * it is drilled; with `drilled`, how that task ended, what came of it.
 */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    snapshot: z._default(z.string(), ''),
    drilled: z._default(z.nullable(z.object({ stopped: z.string(), run: z.string() })), null),
  }),
  output: z.union([Proven, TooLarge]),
  services: async ({ cluster }) => ({
    canaryKeys: (await describedEtcd(cluster, process.env)).etcd.drills.canaryKeys,
    store: snapshotStoreOf(process.env),
    proofs: proofStoreOf(process.env),
    failures: drillFailuresOf(process.env),
    ground: drillGroundOf(process.env),
    pkis: pkiOf(process.env),
    fargate: drillTaskOf(process.env),
  }),
  run: async ({ cluster, snapshot, drilled }, services, { now }) => {
    const { canaryKeys, store, proofs, failures, ground, pkis, fargate } = services;
    if (drilled) return figures(await drilledOnTask({ cluster, id: snapshot, ...drilled }, proofs, failures));
    const record = await chooseSnapshot(cluster, snapshot === '' ? undefined : snapshot, store);
    const place = placeOfDrill(record, fargate !== undefined);
    if (place.kind === 'task' && fargate)
      return { outcome: 'too-large' as const, id: record.id, task: { ...fargate, storageGiB: place.storageGiB } };
    const pki = await newestPki(cluster, pkis.store, pkis.key);
    return figures(await proveSnapshot({ record, canaryKeys, pki }, store, proofs, ground, now));
  },
  counters: (output) =>
    output.outcome === 'too-large'
      ? {}
      : {
          SnapshotsProven: 1,
          ProofAgeSeconds: 0,
          DrillRtoSeconds: output.rtoSeconds,
          DrillRpoSeconds: output.rpoSeconds,
          EtcdKeys: output.keys,
        },
});

function figures({ id, etcd, pki, kubernetes, rto, rpoSeconds }: SnapshotProof) {
  const { revision, keys, hashKv } = etcd;
  const found = kubernetes && { kinds: kubernetes.kinds, objects: kubernetes.objects };
  const times = { rtoSeconds: rto.seconds, rpoSeconds };
  return { outcome: 'proven' as const, id, revision, keys, hashKv, ...found, pki: pki.id, ...times };
}
