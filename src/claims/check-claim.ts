import type { ClaimStore } from './ports.ts';

/** Who has an instance: nobody, the execution that is asked about, or another one. Reads only. */
export async function checkClaim(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  claims: ClaimStore,
): Promise<{ holder: 'nobody' | 'owner' | 'another' }> {
  const held = await claims.read(cluster, instanceId);
  if (!held) return { holder: 'nobody' };
  return { holder: held.claim.owner === owner ? 'owner' : 'another' };
}
