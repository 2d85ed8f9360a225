import * as z from 'zod/mini';
import { ssmJoinParameters } from '../../src/aws/ssm-join-parameters.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesBootstrapTokens } from '../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { withdrawOffer } from '../../src/nodes/withdraw-offer.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    // Empty when the instance, and with it the name, is gone.
    nodeName: z.string(),
    // The execution whose offer is taken back; by default the one that asks. A sweep asks for another.
    owner: z.optional(z.string()),
  }),
  output: z.object({ tokenId: z.string() }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      nodes: kubernetesNodes(kubernetes),
      tokens: kubernetesBootstrapTokens(kubernetes),
      parameters: ssmJoinParameters(registered.aws),
    };
  },
  run: ({ owner, ...input }, ports, { execution = 'none' }) =>
    withdrawOffer({ ...input, execution: owner ?? execution }, ports),
});
