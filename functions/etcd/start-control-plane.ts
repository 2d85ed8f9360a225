import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { startControlPlane } from '../../src/etcd/start-control-plane.ts';
import { task } from '../../src/runtime/task.ts';
import { restoreOf, SentCommands, StepTurn } from '../../src/wiring/restore-of.ts';

/** Starts API servers, controllers and schedulers again. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, commands: SentCommands }),
  output: StepTurn,
  services: ({ cluster }, { now }) => restoreOf(cluster, process.env, now),
  run: (input, { ports, commands }, { execution = 'none' }) =>
    startControlPlane({ ...input, execution }, { ...ports, commands: commands() }),
});
