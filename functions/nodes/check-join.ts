import * as z from 'zod/mini';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesCertificateRequests } from '../../src/kubernetes/certificate-requests.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { kubernetesPods } from '../../src/kubernetes/pods.ts';
import { checkJoin } from '../../src/nodes/check-join.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { leavingOf } from '../../src/wiring/leaving-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    tokenId: z.nullable(z.string()),
    // Absent in executions that began before it was told.
    tokenSpent: z.optional(z.boolean()),
    needsOffer: z.boolean(),
    apiServerWasAway: z.boolean(),
    joinBy: z.string(),
  }),
  output: z.object({
    next: z.string(),
    why: z.string(),
    lookAgainSeconds: z.number(),
    pendingCsrs: z.number(),
    nodeSeen: z.boolean(),
    apiServerAway: z.boolean(),
  }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      cluster: registered.cluster,
      ports: {
        instances: ec2Instances(registered.aws),
        nodes: kubernetesNodes(kubernetes),
        pods: kubernetesPods(kubernetes),
        csrs: kubernetesCertificateRequests(kubernetes),
        leaving: leavingOf(process.env),
      },
    };
  },
  run: ({ tokenId, tokenSpent = true, ...input }, { cluster, ports }, { now, execution: owner = 'none' }) =>
    checkJoin({ ...input, owner, tokenId: tokenId ?? undefined, tokenSpent }, ports, cluster, now()),
});
