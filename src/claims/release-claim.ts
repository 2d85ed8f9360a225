import type { Claim, ClaimStore, Executions } from './ports.ts';
import { isAlive, waitingFor } from './waiting.ts';

/** A signal that joins changes a claim once; a turn for each of several at once. */
const maximumTurns = 5;

/**
 * Lets an instance go. Only the owner's claim is deleted; one that is gone or another's is left, and said so. Can run again.
 * One that a signal has changed meanwhile is still the owner's, and what the signal said ends with it: whoever came with it looks for itself. But where the owner had
 * taken the instance out of load balancers, and another execution waits that said that the instance goes, the claim becomes that one's: it finds the
 * targets leaving already, and if it fails there is nobody else who knows where to put them back (S14).
 */
export async function releaseClaim(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  { claims, executions }: { claims: ClaimStore; executions: Executions },
): Promise<{ released: boolean }> {
  for (let turn = 0; turn < maximumTurns; turn += 1) {
    const held = await claims.read(cluster, instanceId);
    if (held?.claim.owner !== owner) return { released: false };
    const next = await handedOn(held.claim, executions);
    const done = next
      ? (await claims.write(next, held.etag)) === 'written'
      : (await claims.delete(cluster, instanceId, held.etag)) === 'deleted';
    if (done) return { released: true };
  }
  return { released: false };
}

/** The claim as the first one's that waits and is alive; undefined where nobody needs it. */
async function handedOn(claim: Claim, executions: Executions): Promise<Claim | undefined> {
  if (!claim.deregistered?.length) return undefined;
  const { waiting = [], ...rest } = claim;
  for (const one of waiting) {
    const found = await executions.describe(one.owner);
    if (isAlive(found?.status)) return { ...rest, ...one, ...waitingFor(one.owner, waiting) };
  }
  return undefined;
}
