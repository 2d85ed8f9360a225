import { expect, it } from 'vitest';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseWatched } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

it('an instance that somebody stops and starts again is back behind everything, also what the registry does not name', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseWatched();
  const { instanceId } = leaver;
  const tagged = await behindATaggedGroup(scenario, instanceId);
  const suspended = ['HealthCheck', 'ReplaceUnhealthy', 'Terminate'];
  const group = { AutoScalingGroupName: scenario.cluster.workersGroup, ScalingProcesses: suspended };
  await scenario.operate('autoscaling', 'SuspendProcesses', group);

  await scenario.operate('ec2', 'StopInstances', { InstanceIds: [instanceId] });
  await isOver(scenario, 'node-retire');
  expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED']);
  await scenario.world.advance(30 * MINUTE);
  expect([tagged(), scenario.targets().includes(instanceId)]).toEqual([[], false]);
  expect(scenario.outcomes('sweep-retire')).toEqual([]);

  await scenario.operate('ec2', 'StartInstances', { InstanceIds: [instanceId] });
  await scenario.world.advance(10 * MINUTE);
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  expect(tagged()).toEqual([instanceId]);
  expect(scenario.targets().filter((id) => id === instanceId)).toHaveLength(3);
  expect(scenario.output('sweep-retire')).toMatchObject({ outcome: 'put back' });
  expect([stored(scenario, 'claims/').size, pages(scenario)]).toEqual([0, []]);
});

/** Registers an instance with a target group that only its tag makes the cluster's; gives who is there. */
async function behindATaggedGroup(scenario: FaultScenario, instanceId: string): Promise<() => readonly string[]> {
  const elb = <Output>(operation: string, input: object) =>
    scenario.operate<Output>('elasticloadbalancingv2', operation, input);
  const { TargetGroups } = await elb<{ TargetGroups: { TargetGroupArn: string }[] }>('CreateTargetGroup', {
    Name: 'by-hand',
    Protocol: 'TCP',
    Port: 30090,
    Tags: [{ Key: 'tender:cluster', Value: 'demo' }],
  });
  const arn = TargetGroups[0]?.TargetGroupArn ?? '';
  await elb('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: instanceId }] });
  // A map that cannot be read is looked up again.
  await scenario.writeState('loadbalancers/demo.json', 'spoilt');
  return () => {
    const targets = [...(scenario.cloud.fleet.loadBalancing.targetGroups.get(arn)?.targets.values() ?? [])];
    return targets.filter(({ drainsUntil }) => drainsUntil === undefined).map(({ id }) => id);
  };
}
