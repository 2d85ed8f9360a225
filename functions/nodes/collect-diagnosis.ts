import * as z from 'zod/mini';
import { autoScalingGroups } from '../../src/aws/auto-scaling-groups.ts';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { s3Documents } from '../../src/aws/s3-documents.ts';
import { ssmCommands } from '../../src/aws/ssm-commands.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { kubernetesNodes } from '../../src/kubernetes/nodes.ts';
import { collectDiagnosis } from '../../src/nodes/collect-diagnosis.ts';
import { redact } from '../../src/runtime/redact.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    nodeName: z.string(),
    groupName: z.string(),
    commandId: z.nullable(z.string()),
    commandProblem: z.nullable(z.string()),
    why: z.string(),
  }),
  output: z.object({ diagnosis: z.string() }),
  services: async ({ cluster: name }, { now }) => {
    const registered = await registeredCluster(name, process.env);
    return {
      instances: ec2Instances(registered.aws),
      groups: autoScalingGroups(registered.aws),
      nodes: kubernetesNodes(kubernetesOf(registered, now)),
      // The command was sent by the state machine, as this deployment.
      commands: ssmCommands(registered.home),
      documents: s3Documents(registered.home, setting(process.env, 'STATE_BUCKET')),
      redact,
    };
  },
  run: ({ commandId, commandProblem, ...input }, ports, { now }) =>
    collectDiagnosis(
      { ...input, commandId: commandId ?? undefined, commandProblem: commandProblem ?? undefined },
      ports,
      now(),
    ),
});
