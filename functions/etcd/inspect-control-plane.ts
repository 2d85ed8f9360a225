import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { inspectControlPlane } from '../../src/etcd/inspect-control-plane.ts';
import { task } from '../../src/runtime/task.ts';
import { InspectedNodes, restoreOf, SentCommands } from '../../src/wiring/restore-of.ts';

/** Asks each control-plane node which etcd it has. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, commands: SentCommands }),
  output: z.object({
    done: z.boolean(),
    commands: SentCommands,
    nodes: InspectedNodes,
    unreachable: z.readonly(z.array(z.string())),
  }),
  services: ({ cluster }, { now }) => restoreOf(cluster, process.env, now),
  run: (input, { ports, commands }) => inspectControlPlane(input, { ...ports, commands: commands() }),
});
