import { describe, expect, it } from 'vitest';
import { conditionOfNode, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, unexpectedRefusals } from '../../support/scenarios/scenario.ts';
import { callsOf, type Way, whatGoesWrong } from '../../support/scenarios/what-goes-wrong.ts';

const scaledIn: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({ application: { pods: 2 }, checksRefusals: true });
  prepare(scenario);
  await scaleIn(scenario, leaver);
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...unexpectedRefusals(scenario),
    ...(hookAnswers(scenario).join() === `CONTINUE ${leaver.instanceId}`
      ? []
      : [`hooks ended ${hookAnswers(scenario).join()}`]),
    ...(conditionOfNode(scenario, leaver) === 'gone' ? [] : ['the node is still there']),
    ...endedBadly(scenario),
  ];
};

const retiredByHand: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({
    application: { pods: 2 },
    terminateHook: false,
    checksRefusals: true,
  });
  prepare(scenario);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...unexpectedRefusals(scenario),
    ...(conditionOfNode(scenario, leaver) === 'gone' ? [] : ['the node is still there']),
    ...endedBadly(scenario),
  ];
};

function endedBadly(scenario: FaultScenario): string[] {
  const outcomes = ['node-retire', 'node-drain'].flatMap((workflow) => scenario.outcomes(workflow));
  return outcomes.filter((outcome) => outcome !== 'SUCCEEDED').map((outcome) => `an execution ended ${outcome}`);
}

describe('a function that dies before or after a changing call, or loses the answer to it', () => {
  const timeout = process.env.TENDER_LONG ? 900_000 : 300_000;

  it('hangs no hook, and leaves nothing of a node that is scaled in', { timeout }, async () => {
    expect(await whatGoesWrong(scaledIn, { everyNth: 3 })).toEqual({});
  });

  it('does not keep a node that a person retires', { timeout }, async () => {
    expect(await whatGoesWrong(retiredByHand, { known: await callsOf(scaledIn), everyNth: 3 })).toEqual({});
  });
});
