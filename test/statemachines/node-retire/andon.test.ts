import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, retireByHand, scaleIn } from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { hookAnswers } from '../../support/scenarios/scenario.ts';

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
  const { scenario, leaver } = await rehearseFleet({ spot: true, replaced: true, terminateHook: false, entry });
  scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
  await scenario.untilState('CheckReplacement', 1, 'node-retire');
  await pullAndon(scenario);
  await isOver(scenario, 'node-retire');
  expect(scenario.cause('node-retire')).toContain('Tender refuses: the andon is on');
  expect([scenario.outcomes('node-drain'), conditionOfNode(scenario, leaver)]).toEqual([[], 'Ready']);
  // The surge is taken back; which one goes for it is Auto Scaling's choice.
  await scenario.comesToRest();
  expect(scenario.cluster.inService()).toHaveLength(2);
  expect(scenario.leftovers()).toEqual([]);
});
