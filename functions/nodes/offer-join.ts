import * as z from 'zod/mini';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ssmJoinParameters } from '../../src/aws/ssm-join-parameters.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesAutoApproveBindings } from '../../src/kubernetes/auto-approve-bindings.ts';
import { kubernetesBootstrapTokens } from '../../src/kubernetes/bootstrap-tokens.ts';
import { offerJoin } from '../../src/nodes/offer-join.ts';
import { randomText } from '../../src/runtime/random-text.ts';
import { task } from '../../src/runtime/task.ts';
import { joinKeyOf } from '../../src/wiring/join-key.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
  }),
  // The token's id may travel in an execution's history; its secret may not.
  output: z.strictObject({ tokenId: z.string(), parameterName: z.string() }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    const kubernetes = kubernetesOf(registered, now);
    return {
      cluster: registered.cluster,
      ports: {
        instances: ec2Instances(registered.aws),
        tokens: kubernetesBootstrapTokens(kubernetes),
        parameters: ssmJoinParameters(registered.aws, joinKeyOf(registered, process.env)),
        bindings: kubernetesAutoApproveBindings(kubernetes),
        randomText,
      },
    };
  },
  run: (input, { cluster, ports }, { now, execution = 'none' }) =>
    offerJoin({ ...input, execution }, ports, cluster, now()),
});
