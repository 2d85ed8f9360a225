import { andonParameter } from '../aws/andon-parameter.ts';
import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { checkClaim } from '../claims/check-claim.ts';
import type { TerminateInstancePorts } from '../nodes/terminate-instance.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { registeredCluster } from './registered-cluster.ts';
import { retireIn } from './retire-of.ts';

/**
 * Everything that terminating a drained instance works with: what retiring takes, the claims, and the andon. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function terminationOf(
  cluster: string,
  environment: Environment,
  now: () => Date,
): Promise<TerminateInstancePorts> {
  const registered = await registeredCluster(cluster, environment);
  const store = s3ClaimStore(registered.home, setting(environment, 'STATE_BUCKET'));
  return {
    ...retireIn(registered, now).ports,
    andon: andonParameter(registered.home),
    claims: {
      holder: async (instanceId, owner) => (await checkClaim({ cluster, instanceId, owner }, store)).holder,
    },
  };
}
