import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { settleEtcd } from '../../src/etcd/settle-etcd.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { restoreOf } from '../../src/wiring/restore-of.ts';

/** Looks whether the restored etcd is what it should be, and removes the addresses of API servers from it. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({
    done: z.boolean(),
    waitingFor: z.readonly(z.array(z.string())),
    etcdClusterId: z.string(),
    members: z.number(),
    revision: z.number(),
    objects: z.number(),
    purgedLeases: z.number(),
  }),
  services: async ({ cluster }, { now }) => {
    const { registered, ports } = await restoreOf(cluster, process.env, now);
    return { ports, endpoints: await etcdMembersIn(registered) };
  },
  run: ({ cluster }, { ports, endpoints }, { execution = 'none' }) =>
    thenClosed(endpoints, () => settleEtcd({ cluster, execution }, endpoints, ports.journal)),
});
