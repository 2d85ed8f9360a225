import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';

it('a node that is drained by hand has a place of its group, and another of the group waits for it', async () => {
  const { scenario, workers } = await rehearseFleet({
    workers: 3,
    entry: { disruptions: { perGroup: 1, perCluster: 2 } },
  });
  const [first, second] = workers as [Worker, Worker];
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: first.nodeName });
  await isOver(scenario, 'node-drain');
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: second.instanceId });
  await scenario.world.advance(600_000);
  expect(scenario.outcomes('node-retire')).toEqual(['running']);
  expect(conditionOfNode(scenario, first)).toBe('Ready, cordoned, excluded, owned');
  expect(conditionOfNode(scenario, second)).toBe('Ready');
});
