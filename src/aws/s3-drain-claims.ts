import type { DrainClaims } from '../drains/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { s3ClaimStore } from './s3-claim-store.ts';

/** Claims, as a drain reads them. */
export function s3DrainClaims(aws: AwsAccess, bucket: string): DrainClaims {
  const claims = s3ClaimStore(aws, bucket);
  return {
    async read(cluster, instanceId) {
      const held = await claims.read(cluster, instanceId);
      return held && { owner: held.claim.owner, deadline: held.claim.deadline, leaving: held.claim.leaving === true };
    },
  };
}
