import { andonParameter } from '../aws/andon-parameter.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Environment } from '../runtime/settings.ts';
import { pauseOf } from './paused-until.ts';
import { etcdQuorum } from './plan-retire-of.ts';
import { rebootOf } from './reboot-of.ts';

/**
 * Everything that planning an in-place update works with: what the update takes, etcd to ask, and the andon. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function planRebootOf(
  name: string,
  environment: Environment,
  runtime: { readonly now: () => Date; readonly logger: Logger },
) {
  const { registered, policy, ports } = await rebootOf(name, environment, runtime);
  const more = { andon: andonParameter(registered.home), quorum: etcdQuorum(registered) };
  // Asked each time: what is built lives for minutes, and a pause is meant at once.
  const policyNow = async () => ({
    ...policy,
    health: { ...policy.health, ...(await pauseOf(registered)) },
  });
  return { policyNow, ports: { ...ports, ...more } };
}
