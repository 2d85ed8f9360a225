import type { DrainPolicy } from './ports.ts';

/** The times that a drain goes by, all derived from its beginning and the one deadline. */
export interface DrainTimers {
  /** Until then pods are asked to leave by eviction. */
  readonly askUntil: Date;
  /** Until then pods that are leaving are waited for. */
  readonly graceUntil: Date;
  /** Then it is over, whatever is left. */
  readonly deadline: Date;
}

/** Seconds that deleting without grace gets before the end, where the policy comes to that. */
const forceSeconds = 60;
/** The part of the time that pods get to end in, where the policy asks no more in the end; seconds of a spot instance's two minutes, too. */
const graceShare = 1 / 3;

/**
 * When a drain stops asking, stops waiting, and ends (S10). A node that is NotReady is asked for seconds only: nobody there answers.
 *
 * Nothing outlasts the deadline, which comes from whatever takes the instance away: an inner timer of its own once turned a planned CONTINUE into
 * ABANDON (keikoproj/lifecycle-manager).
 *
 * @param silence since when the node does not say that it is Ready, and whether EC2 says that its instance is off; undefined while it is Ready
 * @param deadline of what takes the instance away; undefined when nothing does
 */
export function drainTimers(
  policy: Pick<DrainPolicy, 'timeoutSeconds' | 'notReadyTimeoutSeconds' | 'graceCapSeconds' | 'whenTimeIsUp'>,
  startedAt: Date,
  silence: { readonly since: Date; readonly off: boolean } | undefined,
  deadline: Date | undefined,
): DrainTimers {
  const start = startedAt.getTime();
  const end = deadline?.getTime() ?? Number.POSITIVE_INFINITY;
  const forceMs = policy.whenTimeIsUp === 'force-delete' ? forceSeconds * 1000 : 0;
  const askedMs = silence
    ? Math.max(start, silence.since.getTime()) + policy.notReadyTimeoutSeconds * 1000
    : Number.POSITIVE_INFINITY;
  const ask = Math.min(start + policy.timeoutSeconds * 1000, askedMs);
  // On a silent node nobody tells that containers ended. On one that is off they have, and volumes take their time.
  const silentGraceSeconds =
    policy.whenTimeIsUp === 'give-up' ? 0 : Math.min(policy.notReadyTimeoutSeconds, policy.graceCapSeconds);
  const graceMs = (silence && !silence.off ? silentGraceSeconds : policy.graceCapSeconds) * 1000;
  const grace = Math.min(ask + graceMs, end - forceMs);
  const reservedMs = policy.whenTimeIsUp === 'give-up' ? 0 : Math.min(graceMs, (end - start) * graceShare);
  return {
    askUntil: new Date(Math.min(ask, grace, end - reservedMs)),
    graceUntil: new Date(grace),
    deadline: new Date(Math.min(grace + forceMs, end)),
  };
}
