import { rebootAgents } from '../aws/reboot-agents.ts';
import { kubernetesRebootNodes } from '../kubernetes/reboot-nodes.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Environment } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { repairOf } from './repair-of.ts';

/**
 * Everything that an in-place update in a registered cluster works with: what a repair's reboot does, and our document. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function rebootOf(
  name: string,
  environment: Environment,
  runtime: { readonly now: () => Date; readonly logger: Logger },
) {
  const { registered, policy, ports } = await repairOf(name, environment, runtime);
  const { aws, elsewhere } = registered;
  return {
    registered,
    policy,
    ports: {
      ...ports,
      nodes: kubernetesRebootNodes(kubernetesOf(registered, runtime.now)),
      // Documents are the deployment's, and are not in another account or region.
      agents: elsewhere ? ('elsewhere' as const) : rebootAgents(aws, environment.UPDATE_DOCUMENT ?? ''),
    },
  };
}
