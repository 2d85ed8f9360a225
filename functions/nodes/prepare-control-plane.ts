import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { prepareControlPlane } from '../../src/nodes/prepare-control-plane.ts';
import { task } from '../../src/runtime/task.ts';
import { controlPlaneOf } from '../../src/wiring/control-plane-of.ts';

/** One step of what a control-plane instance needs before it can be offered its join. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string() }),
  output: z.object({ ready: z.boolean(), why: z.string(), lookAgainSeconds: z.number() }),
  services: ({ cluster }, { now }) => controlPlaneOf(cluster, process.env, now),
  run: (input, ports, { now, execution = 'none' }) => prepareControlPlane({ ...input, execution }, ports, now()),
});
