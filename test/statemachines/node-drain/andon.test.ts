import { expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { stored } from '../../support/scenarios/scenario.ts';

it('while the andon is on, a drain by hand is refused with its reason; a dry run says what it would do', async () => {
  const { scenario, leaver } = await rehearseFleet();
  await pullAndon(scenario);
  const drain = async (more: object) => {
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName, ...more });
    await isOver(scenario, 'node-drain', scenario.deployment.executions('node-drain').length);
  };

  await drain({});
  expect(scenario.cause('node-drain')).toContain(
    'the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network. Nothing was touched',
  );
  await drain({ plan: true });
  expect(scenario.output('node-drain')).toMatchObject({ outcome: 'planned' });
  expect([conditionOfNode(scenario, leaver), scenario.leftovers()]).toEqual(['Ready', []]);
});

it('an andon that is pulled while a drain by hand waits for its turn is heard before anything is touched, and the place is given back', async () => {
  const { scenario, workers } = await rehearseFleet({ entry: { disruptions: { perGroup: 1, perCluster: 1 } } });
  const [first, second] = workers as [Worker, Worker];
  guard(scenario, first);
  await scenario.world.advance(5_000);
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: first.nodeName });
  await scenario.untilState('EvictPods', 1, 'node-drain');
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: second.nodeName });
  await scenario.untilState('WaitForTurn', 2, 'node-drain');
  await pullAndon(scenario);
  await isOver(scenario, 'node-drain', 2);

  expect(scenario.cause('node-drain', 1)).toContain('the andon is on since 2026-03-01T12:00:00Z (ann)');
  expect(scenario.cause('node-drain', 1)).toContain('Nothing was touched');
  expect(conditionOfNode(scenario, second)).toBe('Ready');
  expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toEqual([]);
  expect(scenario.leftovers()).toEqual([]);
});
