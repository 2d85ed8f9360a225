import * as z from 'zod/mini';
import { ssmJoinParameters } from '../../src/aws/ssm-join-parameters.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesBootstrapTokens } from '../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesCertificateRequests } from '../../src/kubernetes/certificate-requests.ts';
import { kubernetesNodeEvents } from '../../src/kubernetes/node-events.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { kubernetesPods } from '../../src/kubernetes/pods.ts';
import { revokeJoin } from '../../src/nodes/revoke-join.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    // The execution whose offer is taken back; by default the one that asks. A sweep asks for another.
    owner: z.optional(z.string()),
  }),
  output: z.object({ runsWorkloads: z.boolean(), nodeDeleted: z.boolean() }),
  services: async ({ cluster: name }, { now, logger }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      tokens: kubernetesBootstrapTokens(kubernetes),
      parameters: ssmJoinParameters(registered.aws),
      events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
      csrs: kubernetesCertificateRequests(kubernetes),
      nodes: kubernetesNodes(kubernetes),
      pods: kubernetesPods(kubernetes),
    };
  },
  run: ({ owner, ...input }, ports, { execution = 'none' }) =>
    revokeJoin({ ...input, execution: owner ?? execution }, ports),
});
