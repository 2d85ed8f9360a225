import * as z from 'zod/mini';
import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { checkClaim } from '../../src/claims/check-claim.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { checkTargets } from '../../src/loadbalancers/check-targets.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { loadBalancersOf } from '../../src/wiring/load-balancers-of.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    instanceId: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    ipAddress: z.string(),
    deadline: z.string(),
  }),
  output: z.object({
    state: z.enum(['healthy', 'waiting', 'late', 'leaving']),
    waitingFor: z.readonly(z.array(z.string())),
    warnings: z.readonly(z.array(z.string())),
    lookAgainSeconds: z.number(),
  }),
  services: async ({ cluster }, { execution: owner = 'none' }) => {
    const { roles, ports } = await loadBalancersOf(cluster, process.env);
    const claims = s3ClaimStore(homeAws(process.env), setting(process.env, 'STATE_BUCKET'));
    const leaves = async (name: string, instanceId: string) => {
      const { holder, leaving } = await checkClaim({ cluster: name, instanceId, owner }, claims);
      return holder === 'owner' && leaving;
    };
    return { roles, ports: { ...ports, leaving: { leaves } } };
  },
  run: (input, { roles, ports }, { now }) =>
    checkTargets({ ...input, deadline: new Date(input.deadline) }, roles[input.role], ports, now()),
});
