import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { compareHash } from '../../src/etcd/compare-hash.ts';
import { SnapshotNotFound } from '../../src/etcd/errors.ts';
import { task } from '../../src/runtime/task.ts';
import { proofStoreOf } from '../../src/wiring/drill-of.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { describedEtcd } from '../../src/wiring/etcd-of.ts';

/** Compares what was restored of a snapshot with what the members have at its revision. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, id: z.string() }),
  output: z.object({ liveHash: z.enum(['same', 'compacted', 'nobody-answered']) }),
  services: async ({ cluster }) => ({
    members: await etcdMembersIn((await describedEtcd(cluster, process.env)).registered),
    proofs: proofStoreOf(process.env),
  }),
  run: async ({ cluster, id }, { members, proofs }) => {
    const proof = await proofs.proof(cluster, id);
    if (!proof) throw new SnapshotNotFound(cluster, id, undefined);
    return { liveHash: await thenClosed(members, () => compareHash(proof, members)) };
  },
});
