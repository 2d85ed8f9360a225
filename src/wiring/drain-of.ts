import { andonParameter } from '../aws/andon-parameter.ts';
import { drainGroups } from '../aws/drain-groups.ts';
import { drainInstances } from '../aws/drain-instances.ts';
import { s3DrainClaims } from '../aws/s3-drain-claims.ts';
import { kubernetesBudgets } from '../kubernetes/budgets.ts';
import { kubernetesDrainNodes } from '../kubernetes/drain-nodes.ts';
import { kubernetesDrainPods } from '../kubernetes/drain-pods.ts';
import { kubernetesNodeEvents } from '../kubernetes/node-events.ts';
import { kubernetesVolumes } from '../kubernetes/volumes.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { registeredCluster } from './registered-cluster.ts';

/**
 * Everything that a drain in a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function drainOf(
  name: string,
  environment: Environment,
  { now, logger }: { readonly now: () => Date; readonly logger: Logger },
) {
  const registered = await registeredCluster(name, environment);
  const kubernetes = kubernetesOf(registered, now);
  return {
    policy: registered.cluster.drain,
    userHooks: registered.cluster.userHooks,
    ports: {
      claims: s3DrainClaims(registered.home, setting(environment, 'STATE_BUCKET')),
      instances: drainInstances(registered.aws),
      groups: drainGroups(registered.aws),
      nodes: kubernetesDrainNodes(kubernetes),
      pods: kubernetesDrainPods(kubernetes),
      budgets: kubernetesBudgets(kubernetes),
      volumes: kubernetesVolumes(kubernetes),
      andon: andonParameter(registered.home),
      events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
    },
  };
}
