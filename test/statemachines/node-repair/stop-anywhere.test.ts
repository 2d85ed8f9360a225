import { describe, expect, it } from 'vitest';
import type { ObservedCall } from '../../../simulator/world/faults.ts';
import { conditionOfNode } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { keepUnhealthy, rehearseSickness, startRepair } from '../../support/scenarios/repair.ts';
import { hookAnswers, unexpectedRefusals } from '../../support/scenarios/scenario.ts';
import { visitedStates } from '../../support/scenarios/visited-states.ts';
import { type Way, whatGoesWrong } from '../../support/scenarios/what-goes-wrong.ts';

/** Every state, and every call, is a world of its own. */
const long = process.env.TENDER_LONG !== undefined;

type Told = (prepare: (scenario: FaultScenario) => Promise<void> | void) => Promise<string[]>;

/** A node with pods and a condition that its reboot mends. */
const rebooted: Told = async (prepare) => {
  const { scenario, sick } = await rehearseSickness({ application: { pods: 2 }, checksRefusals: true });
  scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
  startRepair(
    scenario,
    { instanceId: sick.instanceId },
    { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] },
  );
  await prepare(scenario);
  await scenario.comesToRest();
  return [
    ...leftBehind(scenario),
    ...(conditionOfNode(scenario, sick) === 'Ready' ? [] : [`the node is ${conditionOfNode(scenario, sick)}`]),
    ...scenario.sickInService().map((id) => `${id} is in service and not as it was`),
  ];
};

/** A node that no reboot mends, and is replaced. */
const replaced: Told = async (prepare) => {
  const { scenario, sick } = await rehearseSickness({
    application: { pods: 2 },
    checksRefusals: true,
    replaced: true,
    entry: { health: { rungMinutes: { reboot: 2 } } },
  });
  await keepUnhealthy(scenario);
  scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
  startRepair(
    scenario,
    { instanceId: sick.instanceId },
    { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] },
  );
  await prepare(scenario);
  await scenario.comesToRest();
  const left = conditionOfNode(scenario, sick);
  return [...leftBehind(scenario), ...(left === 'Ready' || left === 'gone' ? [] : [`the node is ${left}`])];
};

function leftBehind(scenario: FaultScenario): string[] {
  return [
    ...scenario.leftovers(),
    ...unexpectedRefusals(scenario),
    ...hookAnswers(scenario).filter((answer) => !answer.startsWith('CONTINUE')),
    ...scenario.outcomes('sweep-retire').flatMap((outcome) => (outcome === 'SUCCEEDED' ? [] : ['a sweep failed'])),
  ];
}

async function whatIsLeft(way: Told, quick: readonly string[]): Promise<Record<string, string[]>> {
  let states = quick;
  if (long) {
    const worlds: FaultScenario[] = [];
    expect(await way((scenario) => void worlds.push(scenario))).toEqual([]);
    states = worlds.flatMap((scenario) => visitedStates(scenario, 'node-repair'));
  }
  const left: Record<string, string[]> = {};
  for (const state of states) {
    const problems = await way(async (scenario) => scenario.stop(await scenario.untilState(state, 1, 'node-repair')));
    if (problems.length > 0) left[state] = problems;
  }
  return left;
}

describe('Stop, pressed in the console while a node is repaired', { timeout: long ? 1_800_000 : 300_000 }, () => {
  it('gives the node back: no cordon, no mark, no claim, no place in the budget', async () => {
    expect(await whatIsLeft(rebooted, ['DrainNode', 'CheckRepair'])).toEqual({});
  });

  it.runIf(long)('of a repair that knew its node by name only is undone by what it holds', async () => {
    const { scenario, sick } = await rehearseSickness({ application: { pods: 2 } });
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    startRepair(scenario, { nodeName: sick.nodeName }, { signal: 'KernelDeadlock', ladder: ['reboot', 'page'] });
    await scenario.stop(await scenario.untilState('CheckRepair', 1, 'node-repair'));
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), conditionOfNode(scenario, sick)]).toEqual([
      [],
      [],
      'Ready',
    ]);
  });

  it('hangs no hook of a node that is replaced', async () => {
    expect(await whatIsLeft(replaced, ['RetireNode'])).toEqual({});
  });
});

describe('a function that dies before or after a changing call, or loses the answer to it', () => {
  const timeout = long ? 900_000 : 300_000;
  const mended: Way = async (prepare) => {
    const worlds: FaultScenario[] = [];
    const problems = await rebooted((scenario) => {
      worlds.push(scenario);
      prepare(scenario);
    });
    const outcomes = worlds.flatMap((scenario) => scenario.outcomes('node-repair'));
    return [...problems, ...outcomes.filter((one) => one !== 'SUCCEEDED').map((one) => `a repair ended ${one}`)];
  };

  it('does not keep a node from being mended, and leaves nothing', { timeout }, async () => {
    if (long) return expect(await whatGoesWrong(mended)).toEqual({});
    // Of a reboot that was asked for, and lost its answer, the next look tells.
    const isReboot = ({ operation }: ObservedCall) => operation === 'RebootInstances';
    expect(await mended((scenario) => void scenario.plant(isReboot, { kind: 'kill-after' }))).toEqual([]);
  });
});
