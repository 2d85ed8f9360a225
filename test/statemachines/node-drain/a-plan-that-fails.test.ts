import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';

it('a dry run touches nothing, though nothing can be found out about an instance that goes anyway', async () => {
  const { scenario, leaver } = await rehearseFleet();
  const writes = scenario.watchWrites();
  scenario.plant(
    ({ functionName = '', operation }) => operation === 'DescribeInstances' && functionName.endsWith('-plan-drain'),
    { kind: 'throttle' },
    { times: 999 },
  );
  const owner = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-retire:somebodys';
  const { instanceId } = leaver;
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId, owner, voluntary: false, plan: true });
  await isOver(scenario, 'node-drain');

  expect(scenario.cause('node-drain')).toContain('AwsThrottled');
  expect(scenario.cause('node-drain')).toContain('Nothing was touched');
  expect(writes).toEqual([]);
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  expect(scenario.targets()).toHaveLength(4);
});
