import { describe, expect, it } from 'vitest';
import {
  conditionOfNode,
  type Fleet,
  guard,
  isOver,
  rehearseFleet,
  type Worker,
} from '../../support/scenarios/departure.ts';
import { lifecycleState, pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseWatched } from '../../support/scenarios/watched.ts';

/** Two weeks of a cluster take a minute of computing. */
const long = process.env.TENDER_LONG !== undefined;
const timeout = long ? 900_000 : 180_000;
const MINUTE_MS = 60_000;
const entry = { drain: { timeoutSeconds: 600, graceCapSeconds: 0 } };

/** Announces it to a node, and gives the time when it begins. */
function announce({ scenario }: Fleet, { instanceId }: Worker, minutes: number): number {
  const startsInMs = minutes * MINUTE_MS;
  scenario.cloud.fleet.instances.scheduleMaintenance(instanceId, { startsInMs, kind: 'reboot' });
  return scenario.world.now() + startsInMs;
}

async function untilItIsGone({ scenario }: Fleet, { instanceId }: Worker, startsAt: number): Promise<void> {
  const isGone = () => lifecycleState(scenario, instanceId) === undefined;
  await scenario.world.until('it is gone before maintenance begins', isGone, startsAt - scenario.world.now());
}

describe('a node that somebody works on when maintenance is announced', { timeout }, () => {
  it.each(['NodeRetireMachine', 'NodeDrainMachine'] as const)(
    'is retired before it begins although what a person had begun fails (%s)',
    async (machine) => {
      const fleet = await rehearseFleet({ replaced: true, terminateHook: false, entry });
      const { scenario, leaver } = fleet;
      const loosen = guard(scenario, leaver);
      await scenario.world.advance(5_000);
      scenario.startByHand(machine, { cluster: 'demo', instanceId: leaver.instanceId });
      await scenario.untilState('WaitForPods', 1, 'node-drain');
      const startsAt = announce(fleet, leaver, 120);
      await scenario.world.advance(15 * MINUTE_MS);
      expect(scenario.outcomes(machine === 'NodeRetireMachine' ? 'node-retire' : 'node-drain')[0]).toMatch(/^FAILED/);
      loosen();

      await untilItIsGone(fleet, leaver, startsAt);
      await scenario.comesToRest();
      expect(scenario.outcomes('node-retire')).toContain('SUCCEEDED');
      expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
    },
  );

  it('is retired before it begins where a person only had it emptied', async () => {
    const fleet = await rehearseFleet({ replaced: true, terminateHook: false, entry });
    const { scenario, leaver } = fleet;
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    const startsAt = announce(fleet, leaver, 120);
    await scenario.world.advance(60_000);
    loosen();

    await untilItIsGone(fleet, leaver, startsAt);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is taken from a person whose drain lasts until it comes near, and a person is told where it could not be emptied', async () => {
    const fleet = await rehearseFleet({ replaced: true, terminateHook: false, entry });
    const { scenario, leaver } = fleet;
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    announce(fleet, leaver, 15);
    await isOver(scenario, 'node-retire', 2);
    await scenario.world.advance(5_000);
    expect(pages(scenario).map(({ message }) => message)).toEqual([
      expect.stringMatching(new RegExp(`^Instance ${leaver.instanceId} .* scheduled-maintenance: .*default/guarded`)),
    ]);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
  });

  it('serves again where what maintenance would have taken over is stopped: what was left to it is put back', async () => {
    const fleet = await rehearseWatched({ terminateHook: false, entry });
    const { scenario, leaver } = fleet;
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    const served = scenario.targets().filter((id) => id === leaver.instanceId);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    announce(fleet, leaver, 15);
    await scenario.untilState('WaitForTheOther', 1, 'node-drain');
    const [byHand, forMaintenance] = scenario.deployment.executions('node-retire');
    if (!byHand || !forMaintenance) throw new Error('there are not two retirements');
    await scenario.stop(forMaintenance);

    await isOver(scenario, 'node-retire', 2);
    expect(scenario.outcomes('node-retire')[0]).toBe('FAILED NodeNotRetired');
    expect(stored(scenario, 'claims/').get(`claims/demo/${leaver.instanceId}.json`)).toMatchObject({ offered: true });
    expect(scenario.targets()).not.toContain(leaver.instanceId);
    await scenario.world.advance(30 * MINUTE_MS);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toEqual(served);
    expect(stored(scenario, 'claims/').size).toBe(0);
  });
});

it('a node that another execution does not let go of before maintenance is told of', { timeout }, async () => {
  const fleet = await rehearseFleet({ workers: 3, terminateHook: false, entry: { drain: { timeoutSeconds: 14_400 } } });
  const { scenario, leaver, workers } = fleet;
  const [, other = leaver] = workers;
  guard(scenario, other);
  await scenario.world.advance(5_000);
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId: other.instanceId });
  await scenario.untilState('WaitForPods', 1, 'node-drain');
  const key = `claims/demo/${leaver.instanceId}.json`;
  const held = {
    ...stored(scenario, 'claims/').get(`claims/demo/${other.instanceId}.json`),
    instanceId: leaver.instanceId,
  };
  await scenario.writeState(key, JSON.stringify(held));
  announce(fleet, leaver, 30);
  await isOver(scenario, 'node-retire');
  expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
  await scenario.world.advance(5_000);
  expect(pages(scenario).map(({ message }) => message)).toEqual([expect.stringContaining('still worked on it')]);
});

describe('a node whose group has no place left when maintenance comes near', { timeout }, () => {
  it('is emptied before it begins all the same', async () => {
    const fleet = await rehearseFleet({ workers: 3, terminateHook: false, entry });
    const { scenario, leaver, workers } = fleet;
    const [, other = leaver] = workers;
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId: other.instanceId });
    await isOver(scenario, 'node-drain');
    const startsAt = announce(fleet, leaver, 60);
    await scenario.world.advance(30 * MINUTE_MS);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    const isCordoned = () => conditionOfNode(scenario, leaver).includes('cordoned');
    await scenario.world.until('it is drained', isCordoned, 30 * MINUTE_MS);
    // As long before as a drain may take.
    expect(Math.abs(startsAt - 600_000 - scenario.world.now())).toBeLessThan(30_000);

    await untilItIsGone(fleet, leaver, startsAt);
    expect(conditionOfNode(scenario, other)).toContain('cordoned');
    await scenario.comesToRest();
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)('waits for two weeks within an execution, and is emptied before it begins', async () => {
    const fleet = await rehearseFleet({ workers: 3, terminateHook: false, entry });
    const { scenario, leaver, workers } = fleet;
    const [, other = leaver] = workers;
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId: other.instanceId });
    await isOver(scenario, 'node-drain');
    const startsAt = announce(fleet, leaver, 14 * 24 * 60);

    await untilItIsGone(fleet, leaver, startsAt);
    expect(startsAt - scenario.world.now()).toBeLessThan(60 * MINUTE_MS);
    const retirement = scenario.deployment.executions('node-retire').at(0);
    expect(retirement?.run.history.length).toBeLessThan(10_000);
  });

  it.runIf(long)('waits for two weeks for whoever works on it, within an execution', async () => {
    const days = 24 * 60;
    const slow = { drain: { timeoutSeconds: 172_800, graceCapSeconds: 0 } };
    const fleet = await rehearseFleet({ terminateHook: false, entry: slow });
    const { scenario, leaver } = fleet;
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    const startsAt = announce(fleet, leaver, 14 * days);
    await scenario.world.advance(2 * days * MINUTE_MS + 10 * MINUTE_MS);
    expect(scenario.outcomes('node-drain')[0]).toBe('FAILED NodeNotDrained');
    loosen();

    await untilItIsGone(fleet, leaver, startsAt);
    const retirement = scenario.deployment.executions('node-retire').at(0);
    expect(retirement?.run.history.length).toBeLessThan(10_000);
  });
});
