import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { restoreMember } from '../../src/etcd/restore-member.ts';
import { task } from '../../src/runtime/task.ts';
import { restoreOf, SentCommands, StepTurn } from '../../src/wiring/restore-of.ts';

/** Restores the snapshot on the first node. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, commands: SentCommands }),
  output: StepTurn,
  services: ({ cluster }, { now }) => restoreOf(cluster, process.env, now),
  run: (input, { ports, commands, door, registered }, { execution = 'none' }) =>
    restoreMember(
      { ...input, execution },
      { ...ports, commands: commands(), door: door(), region: registered.aws.region },
    ),
});
