import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
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
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    return { cluster: registered.cluster, nodes: kubernetesNodes(kubernetesOf(registered, now)) };
  },
  run: (input, { cluster, nodes }, { execution = 'none' }) => labelNode({ ...input, execution }, nodes, cluster),
});
