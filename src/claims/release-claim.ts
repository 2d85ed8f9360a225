import type { Claim, ClaimStore } from './ports.ts';

/** A signal that joins changes a claim once; a turn for each of several at once. */
const maximumTurns = 5;

export interface Release {
  readonly cluster: string;
  readonly instanceId: string;
  /** The execution's ARN. */
  readonly owner: string;
  /** Whether it is left to whoever comes next: a later signal takes the instance, and nothing was put back. */
  readonly offered?: boolean | undefined;
}

/**
 * Lets an instance go. Only the owner's claim is deleted; one that is gone or another's is left, and said so. One that a signal has changed meanwhile is still the owner's,
 * and what the signal said ends with it: whoever came with it looks for itself. Can run again.
 *
 * One that is offered stays: whoever came with the later signal finds the targets leaving already, and if it fails nobody else knows where they are to be put back (S14);
 * and where nobody comes, it shows that there is something to put back. Its deadline is past by then: nobody works on the instance until somebody comes.
 */
export async function releaseClaim(
  { cluster, instanceId, owner, offered = false }: Release,
  claims: ClaimStore,
  now: Date,
): Promise<{ released: boolean }> {
  for (let turn = 0; turn < maximumTurns; turn += 1) {
    const held = await claims.read(cluster, instanceId);
    if (held?.claim.owner !== owner || held.claim.offered) return { released: false };
    const done = offered
      ? (await claims.write(offer(held.claim, now), held.etag)) === 'written'
      : (await claims.delete(cluster, instanceId, held.etag)) === 'deleted';
    if (done) return { released: true };
  }
  return { released: false };
}

function offer({ leaving: _, ...claim }: Claim, now: Date): Claim {
  return { ...claim, deadline: now.toISOString(), offered: true };
}
