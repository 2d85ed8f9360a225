import * as z from 'zod/mini';
import { autoScalingGroups } from '../../src/aws/auto-scaling-groups.ts';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ssmJoinParameters } from '../../src/aws/ssm-join-parameters.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesBootstrapTokens } from '../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesCertificateRequests } from '../../src/kubernetes/certificate-requests.ts';
import { kubernetesNodeEvents } from '../../src/kubernetes/node-events.ts';
import { approveJoinCsrs } from '../../src/nodes/approve-join-csrs.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    tokenId: z.nullable(z.string()),
    tokenSpent: z.boolean(),
  }),
  output: z.object({
    approved: z.readonly(z.array(z.string())),
    refused: z.readonly(z.array(z.object({ csr: z.string(), reasons: z.readonly(z.array(z.string())) }))),
    tokenSpent: z.boolean(),
  }),
  services: async ({ cluster: name }, { now, logger }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      instances: ec2Instances(registered.aws),
      groups: autoScalingGroups(registered.aws),
      csrs: kubernetesCertificateRequests(kubernetes),
      tokens: kubernetesBootstrapTokens(kubernetes),
      parameters: ssmJoinParameters(registered.aws),
      events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
    };
  },
  run: ({ tokenId, ...input }, ports) =>
    approveJoinCsrs({ ...input, tokenId: tokenId ?? undefined }, ports, input.cluster),
  counters: ({ approved, refused }) => ({ CertificatesApproved: approved.length, CertificatesRefused: refused.length }),
});
