import { expect } from 'vitest';
import type { FaultScenario } from './fault-scenario.ts';
import {
  isKnown,
  type Mishap,
  mishapsWorthAWorld,
  plantMishap,
  type RecordedCall,
  recordCalls,
  someMishaps,
} from './single-faults.ts';

/** A story with what is to go wrong in it; gives what is wrong in the end. */
export type Way = (prepare: (scenario: FaultScenario) => void) => Promise<string[]>;

/** The changing calls of the story when all goes well. */
export async function callsOf(way: Way): Promise<RecordedCall[]> {
  let calls: RecordedCall[] = [];
  const problems = await way((scenario) => {
    calls = recordCalls(scenario);
  });
  expect(problems).toEqual([]);
  return calls;
}

/**
 * Plays the story once for each call that can go wrong in it, and gives what was wrong in the end, by what went wrong.
 * Hundreds of worlds in the long run; in the quick one each call once, and of those every nth.
 */
export async function whatGoesWrong(
  way: Way,
  { known = [], everyNth = 1 }: { readonly known?: readonly RecordedCall[]; readonly everyNth?: number } = {},
): Promise<Record<string, string[]>> {
  const calls = await callsOf(way);
  const fresh = calls.filter((call) => !isKnown(call, known));
  const few = () => someMishaps(fresh).filter((_, index) => index % everyNth === 0);
  const wrong: Record<string, string[]> = {};
  for (const { call, mishap } of process.env.TENDER_LONG ? mishapsWorthAWorld(calls, known) : few()) {
    const problems = await way((scenario) => plantMishap(scenario, call, mishap));
    if (problems.length > 0) wrong[nameOf(call, mishap)] = problems;
  }
  return wrong;
}

function nameOf({ caller, service, operation, nth }: RecordedCall, mishap: Mishap): string {
  return `${mishap} at ${caller}'s ${service} ${operation}, time ${nth}`;
}
