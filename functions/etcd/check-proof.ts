import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkAge } from '../../src/etcd/check-age.ts';
import { checkProof } from '../../src/etcd/check-proof.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

/**
 * Says when a drill last proved a snapshot, and whether another one is due or overdue; and whether there is no snapshot as new as there should be, which nobody
 * else looks at when none is ever begun.
 */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({
    newest: z.string(),
    ageSeconds: z.optional(z.number()),
    due: z.boolean(),
    overdue: z.boolean(),
    snapshotOverdue: z.boolean(),
  }),
  services: async ({ cluster }) => ({
    described: await describedEtcd(cluster, process.env),
    store: snapshotStoreOf(process.env),
  }),
  run: async ({ cluster }, { described: { etcd, everyMinutes }, store }, { now }) => {
    const kept = await store.list(cluster);
    const listed = { list: async () => kept };
    const proof = await checkProof(cluster, etcd.drills.everyDays, listed, now());
    return { ...proof, snapshotOverdue: (await checkAge(cluster, everyMinutes, listed, now())).overdue };
  },
  counters: ({ ageSeconds }) => (ageSeconds === undefined ? {} : { ProofAgeSeconds: ageSeconds }),
  alarms: ({ overdue, snapshotOverdue }) => ({
    ProofOverdue: overdue ? 1 : 0,
    SnapshotOverdue: snapshotOverdue ? 1 : 0,
  }),
});
