import { expect, it } from 'vitest';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import { rehearseUpdate } from '../../support/scenarios/reboots.ts';
import { bootsOf } from '../../support/scenarios/repair.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';

it('a node that a person keeps drained is not rebooted, and stays drained until it is put back', {
  timeout: 180_000,
}, async () => {
  const entry = { disruptions: { perGroup: 2, perCluster: 2 } };
  const { scenario, old, machine } = await rehearseUpdate({ workers: 3, entry });
  const { instanceId, nodeName } = old;
  const drain = scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName });
  await isOver(scenario, 'node-drain');
  const claims = stored(scenario, 'claims/');
  scenario.startByHand('NodeUpdateMachine', { cluster: 'demo', nodeName, way: 'reboot' });
  await isOver(scenario, 'node-update');
  expect(scenario.output('node-update')).toMatchObject({
    outcome: 'left-alone',
    remark: expect.stringContaining(`tender node put-back ${nodeName} demo`),
  });
  expect([bootsOf(machine), conditionOfNode(scenario, old)]).toEqual([1, 'Ready, cordoned, excluded, owned']);
  expect(scenario.targets()).not.toContain(instanceId);
  expect([stored(scenario, 'claims/'), pages(scenario)]).toEqual([claims, []]);

  scenario.startByHand('SweepRetireMachine', { cluster: 'demo', instanceId, owner: drain });
  await isOver(scenario, 'sweep-retire');
  scenario.startByHand('NodeUpdateMachine', { cluster: 'demo', nodeName, way: 'reboot' });
  await isOver(scenario, 'node-update', 2);
  expect([bootsOf(machine), conditionOfNode(scenario, old)]).toEqual([2, 'Ready']);
});
