import type { ClaimStore } from './ports.ts';

/** A signal that joins changes a claim once; a turn for each of several at once. */
const maximumTurns = 5;

/**
 * Lets an instance go. Only the owner's claim is deleted; one that is gone or another's is left, and said so. One that a signal has changed meanwhile is still the owner's,
 * and what the signal said ends with it: whoever came with it looks for itself. Can run again.
 */
export async function releaseClaim(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  claims: ClaimStore,
): Promise<{ released: boolean }> {
  for (let turn = 0; turn < maximumTurns; turn += 1) {
    const held = await claims.read(cluster, instanceId);
    if (held?.claim.owner !== owner) return { released: false };
    if ((await claims.delete(cluster, instanceId, held.etag)) === 'deleted') return { released: true };
  }
  return { released: false };
}
