import type { Fault, ObservedCall } from '../../../simulator/world/faults.ts';
import type { FaultScenario } from './fault-scenario.ts';

/** One changing call of a clean run: the nth of this operation by this caller. */
export interface RecordedCall {
  /** A function's name without the stack's prefix; `state machine` when a state makes the call itself. */
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
  readonly nth: number;
}

/** How one call goes wrong. */
export type Mishap = 'kill-before' | 'kill-after' | 'lose-response';

const mishaps: readonly Mishap[] = ['kill-before', 'kill-after', 'lose-response'];
const stackPrefix = 'tender-dev-';

/** Calls that the state machines make themselves. People and Auto Scaling call without a function, too. */
const ownCalls: ReadonlySet<string> = new Set([
  'RecordLifecycleActionHeartbeat',
  'CompleteLifecycleAction',
  'SendCommand',
  'Publish',
]);

/** Writes down the changing calls that functions and state machines make from now on. */
export function recordCalls({ world }: FaultScenario): RecordedCall[] {
  const calls: RecordedCall[] = [];
  const counts = new Map<string, number>();
  const noFault: Fault = { kind: 'hang' };
  world.faults.plant((call) => {
    const caller = callerOf(call);
    if (!call.mutating || caller === undefined) return false;
    const key = `${caller} ${call.service} ${call.operation}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    calls.push({ caller, service: call.service, operation: call.operation, nth });
    return false;
  }, noFault);
  return calls;
}

/** Lets this one call go wrong in this way. */
export function plantMishap(scenario: FaultScenario, call: RecordedCall, mishap: Mishap): void {
  scenario.plant(
    (seen) =>
      seen.mutating &&
      callerOf(seen) === call.caller &&
      seen.service === call.service &&
      seen.operation === call.operation,
    { kind: mishap },
    { nth: call.nth },
  );
}

/** Every call × every way in which it can go wrong; a state machine does not die of a call. */
export function everyMishap(calls: readonly RecordedCall[]): { call: RecordedCall; mishap: Mishap }[] {
  return calls.flatMap((call) => mishaps.filter((mishap) => canMeet(call, mishap)).map((mishap) => ({ call, mishap })));
}

/**
 * As {@link everyMishap}, without what tells nothing new. Of a call that is repeated, the first, the second and the last go wrong.
 * A call that another story makes, too, goes wrong here only in the way that leaves most behind: it is done, and who did it is dead.
 */
export function mishapsWorthAWorld(
  calls: readonly RecordedCall[],
  known: readonly RecordedCall[],
): { call: RecordedCall; mishap: Mishap }[] {
  const isLast = (call: RecordedCall) => !calls.some((other) => isAlike(other, call) && other.nth > call.nth);
  const remarkable = calls.filter((call) => call.nth <= 2 || isLast(call));
  return everyMishap(remarkable).filter(
    ({ call, mishap }) => !isKnown(call, known) || mishap === 'kill-after' || !canMeet(call, 'kill-after'),
  );
}

/** Whether one of these is the same operation of the same caller. */
export function isKnown(call: RecordedCall, known: readonly RecordedCall[]): boolean {
  return known.some((other) => isAlike(call, other));
}

function isAlike(one: RecordedCall, other: RecordedCall): boolean {
  return one.caller === other.caller && one.operation === other.operation;
}

/** Each operation of each caller once, with the three ways taking turns. */
export function someMishaps(calls: readonly RecordedCall[]): { call: RecordedCall; mishap: Mishap }[] {
  return calls
    .filter(({ nth }) => nth === 1)
    .map((call, index) => {
      const mishap = mishaps[index % mishaps.length] ?? 'lose-response';
      return { call, mishap: canMeet(call, mishap) ? mishap : 'lose-response' };
    });
}

function canMeet(call: RecordedCall, mishap: Mishap): boolean {
  return mishap === 'lose-response' || call.caller !== 'state machine';
}

function callerOf({ functionName, operation }: ObservedCall): string | undefined {
  if (functionName !== undefined) return functionName.replace(stackPrefix, '');
  return ownCalls.has(operation) ? 'state machine' : undefined;
}
