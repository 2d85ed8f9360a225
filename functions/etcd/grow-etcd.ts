import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { growEtcd } from '../../src/etcd/grow-etcd.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { restoreOf, SentCommands, StepTurn } from '../../src/wiring/restore-of.ts';

/** Makes the restored etcd larger, one learner at a time. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, commands: SentCommands }),
  output: StepTurn,
  services: async ({ cluster }, { now }) => {
    const { registered, ports, commands } = await restoreOf(cluster, process.env, now);
    return { ports, commands, endpoints: await etcdMembersIn(registered) };
  },
  run: (input, { ports, commands, endpoints }, { execution = 'none' }) =>
    thenClosed(endpoints, () =>
      growEtcd({ ...input, execution }, { endpoints, journal: ports.journal, commands: commands() }),
    ),
});
