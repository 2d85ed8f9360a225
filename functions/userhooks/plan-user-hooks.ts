import * as z from 'zod/mini';
import { s3HookRuns } from '../../src/aws/s3-hook-runs.ts';
import { stateMachineExecutions } from '../../src/aws/state-machine-executions.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { hooksAt, USER_HOOK_POINTS } from '../../src/clusters/user-hooks.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { planUserHooks } from '../../src/userhooks/plan-user-hooks.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';

/** Which hooks of the user's own are run now, and how long each may take. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    point: z.enum(USER_HOOK_POINTS),
    groupName: z.string(),
    instanceId: z.string(),
    owner: z.string(),
    deadline: TimeOrNothing,
    voluntary: z.boolean(),
  }),
  output: z.object({
    hooks: z.readonly(
      z.array(
        z.object({
          name: z.string(),
          kind: z.enum(['lambda', 'state-machine', 'ssm-document']),
          target: z.string(),
          timeoutSeconds: z.number(),
          blocks: z.boolean(),
        }),
      ),
    ),
    skipped: z.readonly(z.array(z.string())),
    missed: z.string(),
  }),
  services: async ({ cluster }) => {
    const { home, cluster: registered } = await registeredCluster(cluster, process.env);
    const ports = {
      runs: s3HookRuns(home, setting(process.env, 'STATE_BUCKET')),
      owners: stateMachineExecutions(home),
    };
    return { hooks: registered.userHooks, ports };
  },
  run: (asked, { hooks, ports }, { now }) =>
    planUserHooks(asked, hooksAt(hooks, asked.point, asked.groupName), ports, now()),
});
