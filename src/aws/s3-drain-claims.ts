import type { DrainClaims } from '../drains/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3ClaimStore } from './s3-claim-store.ts';

/** Claims, as a drain reads them: one that is offered is nobody's. */
export function s3DrainClaims(aws: AwsAccess, bucket: string): DrainClaims {
  const claims = s3ClaimStore(aws, bucket);
  return {
    async read(cluster, instanceId) {
      const claim = (await claims.read(cluster, instanceId))?.claim;
      if (!claim || claim.offered) return undefined;
      return { owner: claim.owner, deadline: claim.deadline, leaving: claim.leaving === true };
    },
  };
}
