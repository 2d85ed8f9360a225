import * as z from 'zod/mini';
import { andonParameter } from '../../src/aws/andon-parameter.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { maintainEtcd } from '../../src/etcd/maintain-etcd.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { describedEtcd } from '../../src/wiring/etcd-of.ts';
import { otherEtcdWork } from '../../src/wiring/maintenance-of.ts';

const Progress = z.object({
  compacted: z.boolean(),
  defragmented: z.readonly(
    z.array(z.object({ memberId: z.string(), bytesBefore: z.number(), bytesAfter: z.number() })),
  ),
  leaderMoves: z.number(),
  disarmed: z.boolean(),
});

/** One step of etcd's maintenance, after a look at all of its members. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, progress: Progress }),
  output: z.object({ outcome: z.enum(['acted', 'busy', 'done', 'stopped']), what: z.string(), progress: Progress }),
  services: async ({ cluster }) => {
    const { registered, etcd } = await describedEtcd(cluster, process.env);
    return { registered, policy: etcd.maintenance, members: await etcdMembersIn(registered) };
  },
  run: ({ progress }, { registered, policy, members }, { execution }) =>
    thenClosed(members, async () =>
      maintainEtcd(
        progress,
        members,
        otherEtcdWork(registered, process.env, execution ?? ''),
        policy,
        andonParameter(registered.home),
      ),
    ),
});
