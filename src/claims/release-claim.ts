import type { ClaimStore } from './ports.ts';

/**
 * Lets an instance go. Only the owner's claim is deleted; one that is gone or another's is left, and said so. Can run again.
 */
export async function releaseClaim(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  claims: ClaimStore,
): Promise<{ released: boolean }> {
  const held = await claims.read(cluster, instanceId);
  if (held?.claim.owner !== owner) return { released: false };
  return { released: (await claims.delete(cluster, instanceId, held.etag)) === 'deleted' };
}
