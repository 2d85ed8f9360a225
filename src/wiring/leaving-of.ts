import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { checkClaim } from '../claims/check-claim.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws } from './registered-cluster.ts';

/**
 * Whether instances that an execution has claimed go in any case, as signals that came later say: for functions that are called again and again while it waits.
 * @throws SettingMissing
 */
export function leavingOf(environment: Environment, owner: string) {
  const claims = s3ClaimStore(homeAws(environment), setting(environment, 'STATE_BUCKET'));
  return {
    async leaves(cluster: string, instanceId: string): Promise<boolean> {
      const { holder, leaving } = await checkClaim({ cluster, instanceId, owner }, claims);
      return holder === 'owner' && leaving;
    },
  };
}
