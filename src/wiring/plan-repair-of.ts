import { andonParameter } from '../aws/andon-parameter.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Environment } from '../runtime/settings.ts';
import { etcdQuorum } from './plan-retire-of.ts';
import { repairOf } from './repair-of.ts';

/**
 * Everything that planning a repair works with: what repairing takes, etcd to ask, and the andon. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function planRepairOf(
  name: string,
  environment: Environment,
  runtime: { readonly now: () => Date; readonly logger: Logger },
) {
  const { registered, policy, ports } = await repairOf(name, environment, runtime);
  const more = { andon: andonParameter(registered.home), quorum: etcdQuorum(registered) };
  return { policy, ports: { ...ports, ...more } };
}
