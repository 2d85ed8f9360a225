import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { checkClaim } from '../claims/check-claim.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws } from './registered-cluster.ts';

/**
 * Whether instances that an execution has claimed go in any case, as signals that came later say: for functions that are called again and again while it waits.
 * A claim that cannot be read, or that somebody has edited, tells of no signal: a join or an update goes on without.
 * @throws SettingMissing
 */
export function leavingOf(environment: Environment) {
  const claims = s3ClaimStore(homeAws(environment), setting(environment, 'STATE_BUCKET'));
  return {
    async leaves(cluster: string, instanceId: string, owner: string): Promise<boolean> {
      const claim = await checkClaim({ cluster, instanceId, owner }, claims).catch(() => undefined);
      return claim?.holder === 'owner' && claim.leaving;
    },
  };
}
