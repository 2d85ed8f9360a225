import type { RepairPolicy, Rung, Standing } from './ports.ts';

/** A few passes may fail; after that nobody knows whether a breaker has opened since. */
const STALE_MINUTES = 15;

const UNREAD = 'there is nothing of a health pass that can be read: nobody knows whether a breaker is open';

/** Why a repair does not go on. */
export interface Held {
  /** `stop`: it ends, undoes what it did, and begins anew when that is over. `wait`: nobody can say just now. */
  readonly what: 'stop' | 'wait';
  readonly why: string;
}

/**
 * Whether a breaker, an impaired zone, a bad image or its group's capacity, as the last health pass saw them, speaks against the next rung of a repair (S18).
 * What a person began is not held by these: who looks at one node may know better than a count. A dry run is seen by no pass, and asked about none. undefined: nothing does.
 *
 * @param standing undefined where nothing is left by a pass that can be read: where passes are to look, nobody knows then. Where none does, there is no breaker either.
 */
export function whyHeld(
  rung: Rung | undefined,
  { signal, planOnly }: { readonly signal: string; readonly planOnly: boolean },
  standing: Standing | undefined,
  policy: RepairPolicy,
  now: Date,
): Held | undefined {
  if (rung === 'page') return undefined;
  if (standing === undefined) return signal === '' || policy.schedules.healthMinutes === 0 ? undefined : wait(UNREAD);
  const old = isOld(standing, policy, now);
  if (signal === '') return !old && rung === 'replace' && !planOnly ? whyUncounted(standing) : undefined;
  if (old) return wait(`the last health pass was at ${standing.at}: nobody knows whether a breaker is open`);
  const hold = standing.repair?.holds.find((one) => one.of === 'any' || rung === 'replace');
  return hold && { what: hold.because === 'unknown' ? 'wait' : 'stop', why: hold.words };
}

/** Whether the last health pass looked too long ago to be gone by. */
export function isOld({ at }: Standing, { schedules }: RepairPolicy, now: Date): boolean {
  return now.getTime() - Date.parse(at) > 60_000 * Math.max(STALE_MINUTES, 3 * schedules.healthMinutes);
}

/** Whether its group can spare the node says the first pass that sees the repair. */
function whyUncounted({ repair }: Standing): Held | undefined {
  return repair === undefined ? wait('the next health pass says whether its group can spare it') : undefined;
}

function wait(why: string): Held {
  return { what: 'wait', why };
}
