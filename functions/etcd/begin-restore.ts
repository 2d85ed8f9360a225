import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { beginRestore } from '../../src/etcd/begin-restore.ts';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { task } from '../../src/runtime/task.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { restoreOf } from '../../src/wiring/restore-of.ts';

/** Makes this execution the one that restores the cluster. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    plan: z.object({
      resumes: z.boolean(),
      snapshotId: z.string(),
      first: z.string(),
      nodes: z.readonly(z.array(z.object({ instanceId: z.string(), name: z.string(), peerUrl: z.string() }))),
      bumpRevision: z.number(),
      etcdClusterIds: z.readonly(z.array(z.string())),
    }),
    approval: z.object({ by: z.string().check(z.minLength(1)), at: z.string() }),
  }),
  output: z.object({ restoreId: z.string() }),
  services: async ({ cluster }, { now }) => ({
    ports: (await restoreOf(cluster, process.env, now)).ports,
    store: snapshotStoreOf(process.env),
  }),
  run: async ({ cluster, plan, approval }, { ports, store }, { execution = 'none', now }) => {
    const record = await chooseSnapshot(cluster, plan.snapshotId, store);
    return beginRestore(cluster, plan, approval, record, execution, ports, now());
  },
});
