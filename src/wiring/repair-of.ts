import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import { nodeAgents } from '../aws/node-agents.ts';
import { retiringGroups } from '../aws/retiring-groups.ts';
import { s3DrainClaims } from '../aws/s3-drain-claims.ts';
import { sickInstances } from '../aws/sick-instances.ts';
import { stateMachineExecutions } from '../aws/state-machine-executions.ts';
import { kubernetesNodeEvents } from '../kubernetes/node-events.ts';
import { kubernetesSickNodes } from '../kubernetes/sick-nodes.ts';
import type { Place } from '../repairs/ports.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';

/**
 * Everything that a repair in a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function repairOf(
  name: string,
  environment: Environment,
  { now, logger }: { readonly now: () => Date; readonly logger: Logger },
) {
  const registered = await registeredCluster(name, environment);
  const { aws, home, cluster, elsewhere } = registered;
  const kubernetes = kubernetesOf(registered, now);
  const executions = stateMachineExecutions(home);
  return {
    registered,
    policy: cluster,
    ports: {
      instances: sickInstances(aws),
      places: { of: (instanceId: string) => placeOf(instanceId, registered) },
      nodes: kubernetesSickNodes(kubernetes),
      claims: s3DrainClaims(home, setting(environment, 'STATE_BUCKET')),
      executions: { isRunning: async (arn: string) => isUnderWay((await executions.describe(arn))?.status) },
      // Documents are the deployment's, and are not in another account or region.
      agents: elsewhere ? ('elsewhere' as const) : nodeAgents(aws, environment.RESTART_DOCUMENT ?? ''),
      events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
    },
  };
}

async function placeOf(instanceId: string, { aws }: RegisteredCluster): Promise<Place | undefined> {
  const retiring = retiringGroups(aws);
  const membership = (await autoScalingGroups(aws).memberships([instanceId])).get(instanceId);
  if (!membership) return undefined;
  const { groupName } = membership;
  const [group, capacity] = await Promise.all([retiring.describe(groupName, true), retiring.capacity(groupName)]);
  if (!group || !capacity) return undefined;
  return {
    groupName,
    lifecycleState: membership.lifecycleState,
    tags: group.tags,
    inService: capacity.inService,
    refreshes: group.instanceRefreshes,
  };
}

function isUnderWay(status: string | undefined): boolean {
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}
