import type { ClaimStore } from './ports.ts';

/** What a claim says. */
export interface ClaimCheck {
  readonly holder: 'nobody' | 'owner' | 'another';
  /** The earliest of all signals' (S43), ISO 8601; empty when nobody has the instance. */
  readonly deadline: string;
  /** Whether the instance goes in any case. */
  readonly leaving: boolean;
}

/** Who has an instance: nobody, also where it is offered, the execution that is asked about, or another one; and until when, as signals that came later may have changed it. Reads only. */
export async function checkClaim(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  claims: ClaimStore,
): Promise<ClaimCheck> {
  const held = await claims.read(cluster, instanceId);
  if (!held || held.claim.offered) return { holder: 'nobody', deadline: '', leaving: false };
  const { deadline, leaving = false } = held.claim;
  return { holder: held.claim.owner === owner ? 'owner' : 'another', deadline, leaving };
}
