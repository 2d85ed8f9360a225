import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkProof } from '../../src/etcd/check-proof.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

/** Says when a drill last proved a snapshot, and whether another one is due or overdue. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ newest: z.string(), ageSeconds: z.optional(z.number()), due: z.boolean(), overdue: z.boolean() }),
  services: async ({ cluster }) => ({
    everyDays: (await describedEtcd(cluster, process.env)).etcd.drills.everyDays,
    store: snapshotStoreOf(process.env),
  }),
  run: ({ cluster }, { everyDays, store }, { now }) => checkProof(cluster, everyDays, store, now()),
  counters: ({ ageSeconds }) => (ageSeconds === undefined ? {} : { ProofAgeSeconds: ageSeconds }),
});
