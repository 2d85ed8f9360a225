import { expect, it } from 'vitest';
import { conditionOfNode, rehearseFleet, retireByHand, scaleIn } from '../../support/scenarios/departure.ts';
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
