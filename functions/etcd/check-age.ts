import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkAge } from '../../src/etcd/check-age.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

/** Says whether the newest snapshot is older than two intervals. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ newest: z.string(), ageSeconds: z.optional(z.number()), overdue: z.boolean() }),
  services: async ({ cluster }) => ({
    everyMinutes: (await describedEtcd(cluster, process.env)).everyMinutes,
    store: snapshotStoreOf(process.env),
  }),
  run: ({ cluster }, { everyMinutes, store }, { now }) => checkAge(cluster, everyMinutes, store, now()),
  counters: ({ ageSeconds }) => (ageSeconds === undefined ? {} : { SnapshotAgeSeconds: ageSeconds }),
  alarms: ({ overdue }) => ({ SnapshotOverdue: overdue ? 1 : 0 }),
});
