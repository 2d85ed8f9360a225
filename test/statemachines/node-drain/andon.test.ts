import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';

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
