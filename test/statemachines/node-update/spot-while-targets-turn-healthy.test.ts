import { expect, it } from 'vitest';
import { rehearseUpdate } from '../../support/scenarios/reboots.ts';
import { pages } from '../../support/scenarios/scenario.ts';

it('a spot warning for an updated node that waits for its targets takes it out of its load balancers, and pages nobody', {
  timeout: 120_000,
}, async () => {
  const { scenario, old } = await rehearseUpdate({ spot: true });
  const { instanceId, nodeName } = old;
  scenario.startByHand('NodeUpdateMachine', { cluster: 'demo', nodeName, way: 'reboot' });
  await scenario.untilState('CheckTargets', 1, 'node-update');
  expect(scenario.targets()).toContain(instanceId);
  scenario.cloud.fleet.instances.interruptSpot(instanceId);
  await scenario.world.until('it is out', () => !scenario.targets().includes(instanceId), 60_000);
  await scenario.comesToRest();

  expect(scenario.outcomes('node-update')).toEqual(['SUCCEEDED']);
  expect(scenario.output('node-update')).toMatchObject({
    outcome: 'left-alone',
    remark: 'it is updated, and a later signal says that it goes',
  });
  expect(scenario.outcomes('node-retire').at(0)).toBe('SUCCEEDED');
  expect(pages(scenario).map(({ subject }) => subject)).toEqual([]);
});
