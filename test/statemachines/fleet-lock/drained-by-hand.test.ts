import { expect, it } from 'vitest';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import { ask, fleetLockResources, lockIdOf } from '../../support/scenarios/fleet-lock.ts';
import { rehearseUpdate } from '../../support/scenarios/reboots.ts';
import { stored } from '../../support/scenarios/scenario.ts';

it('a machine whose node a person keeps drained gets no lock, and its node stays drained', {
  timeout: 180_000,
}, async () => {
  const moreResources = await fleetLockResources();
  const entry = { schedules: { healthMinutes: 0 } };
  const { scenario, old } = await rehearseUpdate({ workers: 3, entry, cloud: { moreResources } });
  const { nodeName } = old;
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName, reason: 'we look at its disk' });
  await isOver(scenario, 'node-drain');
  const claims = stored(scenario, 'claims/');
  const refused = { status: 409, kind: 'failed_node_busy' };
  for (let times = 0; times < 2; times += 1) {
    expect(await ask(scenario, { path: '/demo/v1/pre-reboot', id: lockIdOf(scenario, old) })).toMatchObject(refused);
    await scenario.world.advance(60_000);
  }
  expect(scenario.outcomes('node-update')).toEqual([]);
  expect(conditionOfNode(scenario, old)).toBe('Ready, cordoned, excluded, owned');
  expect(stored(scenario, 'claims/')).toEqual(claims);
});
