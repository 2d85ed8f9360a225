import * as z from 'zod/mini';
import { autoScalingGroups } from '../../src/aws/auto-scaling-groups.ts';
import { ec2Instances } from '../../src/aws/ec2-instances.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { USER_HOOK_POINTS, userHookPoints } from '../../src/clusters/user-hooks.ts';
import { planBootstrap } from '../../src/nodes/plan-bootstrap.ts';
import { task } from '../../src/runtime/task.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/, 'must be an instance id, as in i-0123456789abcdef0')),
    startedAt: z.string(),
    hookExpected: z.boolean(),
    fromPool: z.optional(z.boolean()),
  }),
  output: z.object({
    nodeName: z.string(),
    ipAddress: z.string(),
    groupName: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    mode: z.enum(['tender', 'self', 'aside']),
    inService: z.boolean(),
    hasHook: z.boolean(),
    hookName: z.string(),
    heartbeatSeconds: z.number(),
    heartbeatDue: z.string(),
    joinBy: z.string(),
    deadline: z.string(),
    template: z.object({ id: z.string(), version: z.string() }),
    lookAgainSeconds: z.number(),
    elsewhere: z.boolean(),
    userHooks: z.readonly(z.array(z.enum(USER_HOOK_POINTS))),
  }),
  services: async ({ cluster: name }) => {
    const { cluster, aws, elsewhere } = await registeredCluster(name, process.env);
    return { cluster, elsewhere, ports: { instances: ec2Instances(aws), groups: autoScalingGroups(aws) } };
  },
  run: async (input, { cluster, elsewhere, ports }, { now }) => {
    const plan = await planBootstrap(input, ports, cluster, now());
    return { ...plan, elsewhere, userHooks: userHookPoints(cluster.userHooks, plan.groupName) };
  },
});
