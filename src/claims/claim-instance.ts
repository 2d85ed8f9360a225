import { ClaimContended } from './errors.ts';
import type { Claim, ClaimStore, Executions } from './ports.ts';

/** Whether the instance is the wanted owner's to work on now. */
export interface ClaimOutcome {
  /** false: another execution works on it. Join it, finish your own hook, start nothing (S43). */
  readonly claimed: boolean;
  /** Who has it. */
  readonly owner: string;
  /** ISO 8601; the earliest of all that were asked for since it was taken. */
  readonly deadline: string;
  /** Whether it was left, as wanted, to an owner that has ended and noted where the instance was registered. */
  readonly left: boolean;
}

/** Two executions settle in two turns; a third turn is for one that was swept in between. */
const maximumTurns = 5;

/**
 * Claims an instance for an execution (S43). A claim whose execution does not run any more is taken over: nobody else will let it go.
 * What that one had taken out of load balancers stays noted, so that the next owner can put it back; and so does that the instance goes, unless it has succeeded.
 * One that is offered is taken by whoever comes first, with the note and nothing else.
 * When another execution has it, its deadline is shortened to ours if ours is earlier, and it learns that the instance goes in any case.
 * Can run again: the execution that has it claims it again, and keeps a deadline that others have shortened.
 *
 * @param unlessNoted leaves it to an owner that does not run any more where that one has noted load balancers: what it left is to be put back as it was
 * @throws ClaimContended
 */
export async function claimInstance(
  wanted: Claim,
  { claims, executions }: { claims: ClaimStore; executions: Executions },
  unlessNoted = false,
): Promise<ClaimOutcome> {
  for (let turn = 0; turn < maximumTurns; turn += 1) {
    const held = await claims.read(wanted.cluster, wanted.instanceId);
    const own = held?.claim.owner === wanted.owner;
    const isAsked = held && !own && !held.claim.offered;
    const status = isAsked ? (await executions.describe(held.claim.owner))?.status : undefined;
    const alive = held && !held.claim.offered && (own || status === 'RUNNING' || status === 'PENDING_REDRIVE');
    const isLeft = !alive && unlessNoted && (held?.claim.deregistered?.length ?? 0) > 0;
    const next =
      isLeft && held ? held.claim : alive ? joined(held.claim, wanted) : takenOver(wanted, held?.claim, status);
    const settled = next === held?.claim || (await claims.write(next, held?.etag)) === 'written';
    if (settled)
      return { claimed: next.owner === wanted.owner, owner: next.owner, deadline: next.deadline, left: isLeft };
  }
  throw new ClaimContended(wanted.cluster, wanted.instanceId, maximumTurns);
}

/** Whoever ends so may have left undone what a signal asked for. */
const DEAD = /^(FAILED|TIMED_OUT|ABORTED)$/;

/** One that succeeded has seen to its signal: a stopped instance that was started again goes nowhere, though the note of its load balancers is kept. */
function takenOver(wanted: Claim, held: Claim | undefined, status = ''): Claim {
  return {
    ...wanted,
    ...(held?.deregistered && { deregistered: held.deregistered }),
    ...(held?.leaving && DEAD.test(status) && { leaving: true }),
  };
}

/** The same object when there is nothing to write. */
function joined(held: Claim, { deadline, leaving }: Claim): Claim {
  const earlier = Date.parse(deadline) < Date.parse(held.deadline);
  if (!earlier && (!leaving || held.leaving)) return held;
  return { ...held, ...(earlier && { deadline }), ...(leaving && { leaving }) };
}
