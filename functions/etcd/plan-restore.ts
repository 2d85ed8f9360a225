import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { chooseRestore } from '../../src/etcd/choose-restore.ts';
import { planRestore } from '../../src/etcd/plan-restore.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import { InspectedNodes, restoreOf } from '../../src/wiring/restore-of.ts';

const list = z.readonly(z.array(z.string()));

/** Chooses the snapshot, decides whether and how etcd is restored, and says what would be lost. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    snapshot: z.string(),
    discardLiveData: z.nullable(z.string()),
    acceptRestarts: z.boolean(),
    newHistory: z.boolean(),
    startOver: z.boolean(),
    nodes: InspectedNodes,
    unreachable: list,
  }),
  output: z.object({
    resumes: z.boolean(),
    snapshotId: z.string(),
    first: z.string(),
    nodes: z.readonly(z.array(z.object({ instanceId: z.string(), name: z.string(), peerUrl: z.string() }))),
    unreachable: list,
    bumpRevision: z.number(),
    etcdClusterIds: list,
    quorum: z.enum(['kept', 'lost', 'unknown']),
    loss: z.object({
      survivorRevision: z.optional(z.number()),
      snapshotRevision: z.number(),
      changes: z.optional(z.number()),
      seconds: z.number(),
    }),
    shows: z.string(),
  }),
  services: async ({ cluster }, { now }) => {
    const { registered, ports } = await restoreOf(cluster, process.env, now);
    return { ports, store: snapshotStoreOf(process.env), endpoints: await etcdMembersIn(registered) };
  },
  run: (input, { ports, store, endpoints }, { execution = 'none', now }) =>
    thenClosed(endpoints, async () => {
      const { nodes, unreachable, discardLiveData, ...order } = input;
      const chosen = await chooseRestore(order, store, ports.journal);
      const wanted = { ...order, execution, discardLiveData: discardLiveData ?? undefined };
      return planRestore(wanted, chosen, nodes, unreachable, { ...ports, endpoints, store }, now());
    }),
});
