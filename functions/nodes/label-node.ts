import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesNodeEvents } from '../../src/kubernetes/node-events.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { labelNode } from '../../src/nodes/label-node.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
  }),
  output: z.object({ changed: z.readonly(z.array(z.string())) }),
  services: async ({ cluster: name }, { now, logger }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      cluster: registered.cluster,
      ports: {
        nodes: kubernetesNodes(kubernetes),
        events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
      },
    };
  },
  run: (input, { cluster, ports }, { execution = 'none' }) => labelNode({ ...input, execution }, ports, cluster),
});
