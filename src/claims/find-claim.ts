import type { ClaimStore } from './ports.ts';

/** How many claims are read at once. */
const READ_AT_ONCE = 25;

/**
 * Which instance an execution holds: the first by id, empty when none. Reads only.
 * For those who know an execution and not what it works on: a run by hand names a node.
 *
 * A claim that cannot be read hides none of the others; it fails the search only when nothing else is found, since it might be the one.
 */
export async function findClaim(
  { cluster, owner }: { cluster: string; owner: string },
  claims: Pick<ClaimStore, 'list' | 'read'>,
): Promise<{ instanceId: string }> {
  const claimed = await claims.list(cluster);
  let problem: { readonly error: unknown } | undefined;
  for (let start = 0; start < claimed.length; start += READ_AT_ONCE) {
    const batch = claimed.slice(start, start + READ_AT_ONCE);
    const answers = await Promise.allSettled(batch.map((instanceId) => claims.read(cluster, instanceId)));
    const found = batch.find((_, index) => ownerIn(answers[index]) === owner);
    if (found !== undefined) return { instanceId: found };
    problem ??= answers.flatMap((one) => (one.status === 'rejected' ? [{ error: one.reason as unknown }] : []))[0];
  }
  if (problem) throw problem.error;
  return { instanceId: '' };
}

function ownerIn(answer: PromiseSettledResult<Awaited<ReturnType<ClaimStore['read']>>> | undefined) {
  return answer?.status === 'fulfilled' ? answer.value?.claim.owner : undefined;
}
