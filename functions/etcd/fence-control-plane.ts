import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { fenceControlPlane } from '../../src/etcd/fence-control-plane.ts';
import { task } from '../../src/runtime/task.ts';
import { restoreOf, SentCommands, StepTurn } from '../../src/wiring/restore-of.ts';

/** Stops API servers and etcd on every control-plane node, and switches off the instances that take no commands. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, commands: SentCommands }),
  output: StepTurn,
  services: ({ cluster }, { now }) => restoreOf(cluster, process.env, now),
  run: (input, { ports, commands }, { execution = 'none' }) =>
    fenceControlPlane({ ...input, execution }, { ...ports, commands: commands() }),
});
