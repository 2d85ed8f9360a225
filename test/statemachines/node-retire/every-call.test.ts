import { describe, expect, it } from 'vitest';
import { conditionOfNode, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers } from '../../support/scenarios/scenario.ts';
import {
  everyMishap,
  plantMishap,
  type RecordedCall,
  recordCalls,
  someMishaps,
} from '../../support/scenarios/single-faults.ts';

/** Every call in all three ways is some hundred worlds. */
const long = process.env.TENDER_LONG !== undefined;

/** The way of one node out of the cluster, with what is to go wrong; gives what is wrong in the end. */
type Way = (prepare: (scenario: FaultScenario) => void) => Promise<string[]>;

const scaledIn: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({ application: { pods: 2 } });
  prepare(scenario);
  await scaleIn(scenario, leaver);
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...(hookAnswers(scenario).join() === `CONTINUE ${leaver.instanceId}`
      ? []
      : [`hooks ended ${hookAnswers(scenario).join()}`]),
    ...(conditionOfNode(scenario, leaver) === 'gone' ? [] : ['the node is still there']),
    ...endedBadly(scenario),
  ];
};

const retiredByHand: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({ application: { pods: 2 }, terminateHook: false });
  prepare(scenario);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...(conditionOfNode(scenario, leaver) === 'gone' ? [] : ['the node is still there']),
    ...endedBadly(scenario),
  ];
};

function endedBadly(scenario: FaultScenario): string[] {
  const outcomes = ['node-retire', 'node-drain'].flatMap((workflow) => scenario.outcomes(workflow));
  return outcomes.filter((outcome) => outcome !== 'SUCCEEDED').map((outcome) => `an execution ended ${outcome}`);
}

/** In the quick run, calls of a way that another one made already are left to the long run. */
async function whatGoesWrong(way: Way, covered: RecordedCall[]): Promise<Record<string, string[]>> {
  let calls: RecordedCall[] = [];
  expect(
    await way((scenario) => {
      calls = recordCalls(scenario);
    }),
  ).toEqual([]);
  const isKnown = (call: RecordedCall) =>
    covered.some(({ caller, operation }) => caller === call.caller && operation === call.operation);
  const fresh = calls.filter((call) => !isKnown(call));
  const mishaps = long ? everyMishap(calls) : someMishaps(fresh).filter((_, index) => index % 3 === 0);
  covered.push(...calls);
  const wrong: Record<string, string[]> = {};
  for (const { call, mishap } of mishaps) {
    const problems = await way((scenario) => plantMishap(scenario, call, mishap));
    const { caller, service, operation, nth } = call;
    if (problems.length > 0) wrong[`${mishap} at ${caller}'s ${service} ${operation}, time ${nth}`] = problems;
  }
  return wrong;
}

describe('a function that dies before or after a changing call, or loses the answer to it', () => {
  const timeout = long ? 1_800_000 : 300_000;
  const covered: RecordedCall[] = [];

  it('hangs no hook, and leaves nothing of a node that is scaled in', { timeout }, async () => {
    expect(await whatGoesWrong(scaledIn, covered)).toEqual({});
  });

  it('does not keep a node that a person retires', { timeout }, async () => {
    expect(await whatGoesWrong(retiredByHand, covered)).toEqual({});
  });
});
