import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { lifecycleState, stored } from '../../support/scenarios/scenario.ts';

it('a launch hook’s event that comes a day late leaves a node that was drained by hand as it is', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 3 });
  const { instanceId } = leaver;
  const standing = () => ({
    lifecycle: lifecycleState(scenario, instanceId),
    node: conditionOfNode(scenario, leaver),
    targets: scenario.targets().filter((id) => id === instanceId),
    claim: stored(scenario, 'claims/'),
  });
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId });
  await isOver(scenario, 'node-drain');
  const before = standing();
  expect(before.targets).toEqual([]);
  const hook = { groupName: scenario.cluster.workersGroup, name: 'tender-launch', token: 'x', elsewhere: false };
  scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId, hook });
  await isOver(scenario, 'node-bootstrap');
  await scenario.comesToRest();

  expect(scenario.outcomes('node-bootstrap')).toEqual(['SUCCEEDED']);
  expect(standing()).toEqual(before);
});
