import { describe, expect, it } from 'vitest';
import { conditionOfNode } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rebootMarks, rehearseUpdate, startUpdate, withAgent } from '../../support/scenarios/reboots.ts';
import { unexpectedRefusals } from '../../support/scenarios/scenario.ts';
import { visitedStates } from '../../support/scenarios/visited-states.ts';
import { type Way, whatGoesWrong } from '../../support/scenarios/what-goes-wrong.ts';

/** Every state is a world of its own. */
const long = process.env.TENDER_LONG !== undefined;

type Told = (prepare: (scenario: FaultScenario) => Promise<void> | void) => Promise<string[]>;

const told =
  (by: 'agent' | 'reboot'): Told =>
  async (prepare) => {
    const { scenario, old } = await rehearseUpdate({ application: { pods: 2 }, checksRefusals: true });
    if (by === 'agent') await withAgent(scenario, old);
    startUpdate(scenario, by === 'agent' ? { nodeName: old.nodeName } : { instanceId: old.instanceId }, {
      ...(by === 'reboot' && { way: 'reboot' }),
    });
    await prepare(scenario);
    await scenario.comesToRest();
    return [
      ...scenario.leftovers(),
      ...unexpectedRefusals(scenario),
      ...rebootMarks(scenario, old).map((mark) => `${mark} is left`),
      ...(conditionOfNode(scenario, old) === 'Ready' ? [] : [`the node is ${conditionOfNode(scenario, old)}`]),
      ...scenario.sickInService().map((id) => `${id} is in service and not as it was`),
      ...scenario.outcomes('sweep-retire').flatMap((outcome) => (outcome === 'SUCCEEDED' ? [] : ['a sweep failed'])),
    ];
  };

async function whatIsLeft(way: Told, quick: readonly string[]): Promise<Record<string, string[]>> {
  let states = quick;
  if (long) {
    const worlds: FaultScenario[] = [];
    expect(await way((scenario) => void worlds.push(scenario))).toEqual([]);
    states = worlds.flatMap((scenario) => visitedStates(scenario, 'node-update'));
  }
  const left: Record<string, string[]> = {};
  for (const state of states) {
    const problems = await way(async (scenario) => scenario.stop(await scenario.untilState(state, 1, 'node-update')));
    if (problems.length > 0) left[state] = problems;
  }
  return left;
}

describe('Stop, pressed in the console while a node is updated in place', {
  timeout: long ? 1_800_000 : 300_000,
}, () => {
  it('takes leave back from the agent, or lets it reboot, and gives the node back once it is there', async () => {
    expect(await whatIsLeft(told('agent'), ['DrainNode', 'BeginReboot', 'WaitForNode', 'CheckReboot'])).toEqual({});
  });

  it('waits for a reboot that was asked for before anything is put back', async () => {
    expect(await whatIsLeft(told('reboot'), ['CheckReboot'])).toEqual({});
  });
});

describe('a function that dies before or after a changing call, or loses the answer to it', {
  timeout: 1_800_000,
}, () => {
  const updated =
    (by: 'agent' | 'reboot'): Way =>
    async (prepare) => {
      const worlds: FaultScenario[] = [];
      const problems = await told(by)((scenario) => {
        worlds.push(scenario);
        prepare(scenario);
      });
      const outcomes = worlds.flatMap((scenario) => scenario.outcomes('node-update'));
      return [...problems, ...outcomes.filter((one) => one !== 'SUCCEEDED').map((one) => `an update ended ${one}`)];
    };

  // Each call is a world of its own.
  it.runIf(long)('does not keep a node from being updated by its agent, and leaves nothing', async () => {
    expect(await whatGoesWrong(updated('agent'))).toEqual({});
  });

  it.runIf(long)('does not keep a node from being rebooted, and leaves nothing', async () => {
    expect(await whatGoesWrong(updated('reboot'))).toEqual({});
  });
});
