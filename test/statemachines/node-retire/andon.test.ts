import { expect, it } from 'vitest';
import {
  conditionOfNode,
  guard,
  isOver,
  rehearseFleet,
  retireByHand,
  scaleIn,
  type Worker,
} from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { hookAnswers, stored } from '../../support/scenarios/scenario.ts';

/** A day of waiting is half a minute of computing. */
const long = process.env.TENDER_LONG !== undefined;

it('while the andon is on, a retirement by hand is refused with its reason, and a terminate hook is served all the same', async () => {
  const { scenario, workers, leaver } = await rehearseFleet();
  const Value = JSON.stringify({ reason: 'we look at the network', since: '2026-03-01T12:00:00Z', by: 'ann' });
  await scenario.operate('ssm', 'PutParameter', { Name: '/tender/andon', Type: 'String', Value });

  await retireByHand(scenario, { instanceId: leaver.instanceId });
  expect(scenario.cause('node-retire')).toContain(
    'Tender refuses: the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network',
  );
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');

  const [, other = leaver] = workers;
  await scaleIn(scenario, other);
  await scenario.comesToRest();
  expect(hookAnswers(scenario)).toEqual([`CONTINUE ${other.instanceId}`]);
  expect(scenario.leftovers()).toEqual([]);
});

it('an andon that is pulled while a replacement comes first is heard before anything is drained', async () => {
  const entry = { retire: { rebalance: 'retire', launchFirst: true } };
  const { scenario, leaver, workers } = await rehearseFleet({
    spot: true,
    replaced: true,
    terminateHook: false,
    entry,
  });
  scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
  await scenario.untilState('CheckReplacement', 1, 'node-retire');
  await pullAndon(scenario);
  await isOver(scenario, 'node-retire');
  expect(scenario.cause('node-retire')).toContain('Tender refuses: the andon is on');
  expect([scenario.outcomes('node-drain'), conditionOfNode(scenario, leaver)]).toEqual([[], 'Ready']);
  // The surge is taken back, and nobody goes for it who served before.
  await scenario.comesToRest();
  expect(scenario.cluster.inService().toSorted()).toEqual(workers.map(({ instanceId }) => instanceId).toSorted());
  expect(scenario.leftovers()).toEqual([]);
});

it('an andon that is pulled while another one has its replacement first is heard at once, and nothing is launched for it', async () => {
  const entry = {
    retire: { rebalance: 'retire', launchFirst: true },
    disruptions: { perGroup: 2, perCluster: 2 },
  };
  // Nobody is launched, so that the first waits for half an hour.
  const { scenario, workers } = await rehearseFleet({ spot: true, workers: 3, terminateHook: false, entry });
  for (const { instanceId } of workers.slice(0, 2)) scenario.cloud.fleet.instances.recommendRebalance(instanceId);
  await scenario.untilState('CheckReplacement', 8, 'node-retire');
  const waiting = () => scenario.outcomes('node-retire').filter((one) => one === 'running').length;
  await pullAndon(scenario);
  const at = scenario.world.now();
  await scenario.world.until('the second has heard it', () => waiting() === 1, 1_200_000);
  expect(scenario.world.now() - at).toBeLessThan(180_000);
  expect(scenario.outcomes('node-retire').toSorted()).toEqual(['FAILED NodeNotRetired', 'running']);
  const refused = scenario.outcomes('node-retire').indexOf('FAILED NodeNotRetired');
  expect(scenario.deployment.executions('node-retire')[refused]?.run.outcome).toMatchObject({
    cause: expect.stringContaining('Tender refuses: the andon is on'),
  });
  expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toHaveLength(1);
});

it.runIf(long)(
  'who waits for the replacement of another one waits no longer than its first plan says, however often it is planned again',
  {
    timeout: 180_000,
  },
  async () => {
    const entry = {
      retire: { rebalance: 'retire', launchFirst: true },
      disruptions: { perGroup: 2, perCluster: 2 },
      drain: { timeoutSeconds: 100_000 },
    };
    const { scenario, workers } = await rehearseFleet({
      spot: true,
      replaced: true,
      workers: 3,
      terminateHook: false,
      entry,
    });
    const [first, second] = workers as [Worker, Worker];
    guard(scenario, first);
    await scenario.world.advance(5_000);
    scenario.cloud.fleet.instances.recommendRebalance(first.instanceId);
    await scenario.untilState('DrainNode', 1, 'node-retire');
    scenario.cloud.fleet.instances.recommendRebalance(second.instanceId);
    const at = scenario.world.now();
    const isRefused = () => scenario.outcomes('node-retire')[1] === 'FAILED NodeNotRetired';
    await scenario.world.until('the second gives up', isRefused, 50 * 3_600_000);

    expect(Math.round((scenario.world.now() - at) / 3_600_000)).toBe(24);
    expect(scenario.cause('node-retire', 1)).toContain(`has one more for ${first.instanceId} until that has left`);
    expect(scenario.deployment.executions('node-retire')[1]?.run.history.length).toBeLessThan(12_000);
  },
);
