import * as z from 'zod/mini';
import { autoScalingGroups } from '../../src/aws/auto-scaling-groups.ts';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesCertificateRequests } from '../../src/kubernetes/certificate-requests.ts';
import { approveNodeCsrs } from '../../src/nodes/approve-node-csrs.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({
    approved: z.readonly(z.array(z.string())),
    denied: z.readonly(z.array(z.object({ csr: z.string(), reasons: z.readonly(z.array(z.string())) }))),
    leftAlone: z.number(),
  }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    return {
      cluster: registered.cluster,
      ports: {
        groups: autoScalingGroups(registered.aws),
        instances: ec2Instances(registered.aws),
        csrs: kubernetesCertificateRequests(kubernetesOf(registered, now)),
      },
    };
  },
  run: (_, { cluster, ports }) => approveNodeCsrs(ports, cluster),
  counters: ({ approved, denied }) => ({ CertificatesApproved: approved.length, CertificatesRefused: denied.length }),
});
