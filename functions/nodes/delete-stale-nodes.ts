import * as z from 'zod/mini';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { clusterMembers } from '../../src/aws/group-attachments.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesListedNodes } from '../../src/kubernetes/listed-nodes.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { deleteStaleNodes } from '../../src/nodes/delete-stale-nodes.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

const list = z.readonly(z.array(z.string()));

/** Deletes Nodes of instances that are gone, and names instances that have none. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({ deleted: list, withoutNode: list }),
  services: async ({ cluster }, { now }) => {
    const registered = await registeredCluster(cluster, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      listed: kubernetesListedNodes(kubernetes),
      nodes: kubernetesNodes(kubernetes),
      instances: ec2Instances(registered.aws),
      members: async () =>
        (await clusterMembers(registered.aws).membersOf(cluster)).map(({ instanceId }) => instanceId),
    };
  },
  run: (_, ports) => deleteStaleNodes(ports),
});
