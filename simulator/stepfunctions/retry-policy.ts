import type { Random } from '../world/random.ts';
import type { StateError } from './state-error.ts';

/** One retrier. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error */
export interface Retrier {
  readonly errorEquals: readonly string[];
  /** Seconds before the first retry; default 1. */
  readonly intervalSeconds: number;
  /** Default 3; 0 means never. */
  readonly maxAttempts: number;
  /** Default 2. */
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly jitterStrategy: 'FULL' | 'NONE';
}

/**
 * Whether a list of ErrorEquals takes a failure.
 *
 * `States.ALL` takes everything but `States.Runtime` (fatal) and a state's own `States.DataLimitExceeded`;
 * `States.TaskFailed` everything but timeouts; `States.Timeout` also a missed heartbeat. A task's result that is too large is
 * taken by `States.ALL` (recorded), although the page says otherwise.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
 */
export function errorMatches(errorEquals: readonly string[], failure: StateError): boolean {
  const timeout = failure.error === 'States.Timeout' || failure.error === 'States.HeartbeatTimeout';
  if (failure.fatal) return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return !failure.escapesWildcards;
    if (name === 'States.TaskFailed') return !timeout && !failure.escapesWildcards;
    if (name === 'States.Timeout') return timeout;
    return name === failure.error;
  });
}

/**
 * Seconds to wait before retry number `attempt` (from 1): the interval grows by the rate up to the cap, and FULL jitter
 * draws evenly between 0 and that.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (IntervalSeconds, BackoffRate, MaxDelaySeconds, JitterStrategy)
 */
export function retryDelaySeconds(retrier: Retrier, attempt: number, random: Random): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** (attempt - 1);
  const capped = retrier.maxDelaySeconds === undefined ? grown : Math.min(grown, retrier.maxDelaySeconds);
  return retrier.jitterStrategy === 'FULL' ? random.between(0, capped) : capped;
}
