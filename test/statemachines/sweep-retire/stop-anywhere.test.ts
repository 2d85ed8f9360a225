import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, unexpectedRefusals } from '../../support/scenarios/scenario.ts';
import { visitedStates } from '../../support/scenarios/visited-states.ts';

/** Every state is a world of its own. */
const long = process.env.TENDER_LONG !== undefined;

type Way = (prepare: (scenario: FaultScenario) => Promise<void>) => Promise<string[]>;

/** A group is scaled in by a node with a pod that is kept for a minute. */
const hooked: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({ checksRefusals: true });
  const loosen = guard(scenario, leaver);
  await scenario.world.advance(5_000);
  scenario.world.after(60_000, 'the budget is loosened', loosen);
  await scaleIn(scenario, leaver);
  await prepare(scenario);
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...unexpectedRefusals(scenario),
    ...(hookAnswers(scenario).join() === `CONTINUE ${leaver.instanceId}`
      ? []
      : [`hooks ended ${hookAnswers(scenario).join()}`]),
    ...(conditionOfNode(scenario, leaver) === 'gone' ? [] : ['the node is still there']),
    ...(scenario.outcomes('sweep-retire').some((outcome) => outcome !== 'SUCCEEDED') ? ['a sweep failed'] : []),
  ];
};

/** A person retires a node whose pod is kept for good: it is put back in the end, or it has gone. */
const byHand: Way = async (prepare) => {
  const { scenario, leaver } = await rehearseFleet({
    terminateHook: false,
    checksRefusals: true,
    entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 30 } },
  });
  guard(scenario, leaver);
  await scenario.world.advance(5_000);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
  await prepare(scenario);
  await scenario.comesToRest();
  return [
    ...scenario.leftovers(),
    ...unexpectedRefusals(scenario),
    ...scenario.sickInService().map((id) => `${id} is in service and sick`),
    ...(conditionOfNode(scenario, leaver) === 'Ready' ? [] : [`the node is ${conditionOfNode(scenario, leaver)}`]),
    ...(scenario.outcomes('sweep-retire').some((outcome) => outcome !== 'SUCCEEDED') ? ['a sweep failed'] : []),
  ];
};

const quick: Readonly<Record<string, readonly string[]>> = {
  'node-retire': ['PlanRetire', 'DrainNode', 'AnswerHook'],
  'node-drain': ['WaitForPods', 'CheckDeregistration'],
};

async function whatIsLeft(way: Way, workflow: string): Promise<Record<string, string[]>> {
  let states: readonly string[] = quick[workflow] ?? [];
  if (long) {
    const worlds: FaultScenario[] = [];
    expect(await way(async (scenario) => void worlds.push(scenario))).toEqual([]);
    states = worlds.flatMap((scenario) => visitedStates(scenario, workflow));
  }
  const left: Record<string, string[]> = {};
  for (const state of states) {
    const problems = await way(async (scenario) => scenario.stop(await scenario.untilState(state, 1, workflow)));
    if (problems.length > 0) left[state] = problems;
  }
  return left;
}

describe('Stop, pressed in the console while a node leaves', { timeout: long ? 1_800_000 : 300_000 }, () => {
  it('in node-retire never hangs a hook, and leaves nothing', async () => {
    expect(await whatIsLeft(hooked, 'node-retire')).toEqual({});
  });

  it('in node-drain never hangs a hook, and leaves nothing', async () => {
    expect(await whatIsLeft(hooked, 'node-drain')).toEqual({});
  });

  it('in a retirement by hand gives the node back', async () => {
    const stopped = async (scenario: FaultScenario) =>
      scenario.stop(await scenario.untilState('DrainNode', 1, 'node-retire'));
    const undoing = async (scenario: FaultScenario) => {
      const drain = await scenario.untilState('UndoDrain', 1, 'node-drain');
      await scenario.stop(drain);
    };
    expect([await byHand(stopped), await byHand(undoing)]).toEqual([[], []]);
  });
});
