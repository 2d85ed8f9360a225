import * as z from 'zod/mini';
import { ssmJoinParameters } from '../../src/aws/ssm-join-parameters.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { returnFromPool } from '../../src/drains/return-from-pool.ts';
import { kubernetesBootstrapTokens } from '../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesDrainNodes } from '../../src/kubernetes/drain-nodes.ts';
import { kubernetesNodeEvents } from '../../src/kubernetes/node-events.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { admitNode } from '../../src/nodes/admit-node.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    tokenId: z.nullable(z.string()),
  }),
  output: z.object({ admitted: z.literal(true) }),
  services: async ({ cluster: name }, { now, logger }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    const events = kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error }));
    const pooled = { nodes: kubernetesDrainNodes(kubernetes), events };
    return {
      nodes: kubernetesNodes(kubernetes),
      tokens: kubernetesBootstrapTokens(kubernetes),
      parameters: ssmJoinParameters(registered.aws),
      events,
      returnFromPool: (node: { instanceId: string; nodeName: string }) => returnFromPool(node, pooled),
    };
  },
  run: ({ tokenId, ...input }, ports, { execution = 'none' }) =>
    admitNode({ ...input, tokenId: tokenId ?? undefined, execution }, ports),
});
