import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { planPkiBackup } from '../../src/etcd/plan-pki-backup.ts';
import { task } from '../../src/runtime/task.ts';
import { describedEtcd } from '../../src/wiring/etcd-of.ts';
import { controlPlaneOf, pkiOf } from '../../src/wiring/pki-of.ts';

/** Says on which instance a cluster's PKI is read, for which key it is encrypted, and which one is known. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ instanceId: z.string(), recipient: z.string(), known: z.string(), overdue: z.boolean() }),
  services: async ({ cluster }) => ({
    ...pkiOf(process.env),
    instances: controlPlaneOf((await describedEtcd(cluster, process.env)).registered),
  }),
  run: ({ cluster }, { instances, store, key }, { now }) => planPkiBackup(cluster, instances, store, key, now()),
});
