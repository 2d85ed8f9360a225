import * as z from 'zod/mini';
import { autoScalingGroups } from '../../src/aws/auto-scaling-groups.ts';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { inspectLeftover } from '../../src/nodes/inspect-leftover.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string() }),
  output: z.object({
    instance: z.enum(['gone', 'there']),
    nodeName: z.string(),
    ipAddress: z.string(),
    role: z.string(),
    groupName: z.string(),
    hookName: z.string(),
    inService: z.boolean(),
    selfJoined: z.boolean(),
    hookWaits: z.boolean(),
    admitted: z.boolean(),
    elsewhere: z.boolean(),
  }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    return {
      cluster: registered.cluster,
      elsewhere: registered.elsewhere,
      ports: {
        instances: ec2Instances(registered.aws),
        groups: autoScalingGroups(registered.aws),
        nodes: kubernetesNodes(kubernetesOf(registered, now)),
      },
    };
  },
  run: async (input, { cluster, elsewhere, ports }, { now }) => ({
    ...(await inspectLeftover(input, ports, cluster, now())),
    elsewhere,
  }),
});
