import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { takeSnapshot } from '../../src/etcd/take-snapshot.ts';
import { collectRarely } from '../../src/runtime/collect-rarely.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { describedEtcd, snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { kubernetesVersionOf } from '../../src/wiring/kubernetes-version-of.ts';

/** Lambda's longest, for callers that have no limit. */
const LONGEST_MS = 900_000;

/** Takes a snapshot of etcd, unless nothing was written since the last one. `newHistory` accepts another cluster or an earlier revision. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, newHistory: z._default(z.boolean(), false) }),
  output: z.object({
    outcome: z.enum(['taken', 'unchanged']),
    id: z.string(),
    takenAt: z.string(),
    member: z.string(),
    revision: z.object({ before: z.number(), after: z.number() }),
    databaseBytes: z.number(),
    storedBytes: z.number(),
    seconds: z.number(),
    alarms: z.readonly(z.array(z.string())),
  }),
  services: async ({ cluster }, { now }) => {
    collectRarely();
    const { registered } = await describedEtcd(cluster, process.env);
    return {
      members: await etcdMembersIn(registered),
      kubernetes: kubernetesVersionOf(registered, now),
      store: snapshotStoreOf(process.env),
    };
  },
  run: async ({ cluster, newHistory }, { members, kubernetes, store }, { now, remainingMs }) => {
    const deadline = new Date(now().getTime() + Math.min(remainingMs(), LONGEST_MS));
    const order = { cluster, newHistory, deadline };
    const { outcome, record } = await thenClosed(members, () => takeSnapshot(order, members, store, kubernetes, now));
    const { id, takenAt, etcd, revision, database, stored, seconds } = record;
    const sizes = { databaseBytes: database.bytes, storedBytes: stored.bytes };
    return { outcome, id, takenAt, member: etcd.url, revision, ...sizes, seconds, alarms: etcd.alarms };
  },
  counters: ({ outcome, revision, databaseBytes, storedBytes, seconds }) => ({
    SnapshotsTaken: outcome === 'taken' ? 1 : 0,
    SnapshotAgeSeconds: 0,
    EtcdRevision: revision.after,
    ...(outcome === 'taken' && {
      SnapshotDatabaseBytes: databaseBytes,
      SnapshotStoredBytes: storedBytes,
      SnapshotSeconds: seconds,
    }),
  }),
});
