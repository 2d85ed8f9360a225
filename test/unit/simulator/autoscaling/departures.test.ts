import { expect, test } from 'vitest';
import { autoScalingService } from '../../../../simulator/autoscaling/service.ts';
import {
  type BuiltFleet,
  buildFleet,
  call,
  createGroup,
  hook,
  inState,
  TERMINATING,
  untilState,
} from '../../../support/fleet-builder.ts';

const terminateEvents = ({ events }: BuiltFleet) =>
  events.filter((event) => event.detailType === 'EC2 Instance-terminate Lifecycle Action');

/** A group whose instances are in service, with a terminate hook. */
async function serving(howMany: number, settings: object = {}) {
  const built = buildFleet();
  const group = createGroup(built, {
    DesiredCapacity: howMany,
    LifecycleHookSpecificationList: [hook('leave', TERMINATING, { DefaultResult: 'CONTINUE' })],
    ...settings,
  });
  const [member] = await untilState(built, group, 'InService', howMany);
  if (!member) throw new Error('no member');
  const service = autoScalingService(built.fleet.groups);
  const autoscaling = (operation: string, input: object) => call(built, service, operation, input);
  const finish = (instanceId: string, result = 'CONTINUE', name = 'leave') =>
    built.fleet.groups.scaling.actions.complete(group, name, result, undefined, instanceId);
  const instance = built.fleet.instances.visible(member.instanceId);
  return { built, world: built.world, group, member, instance, autoscaling, finish };
}

function terminateInput(InstanceId: string, ShouldDecrementDesiredCapacity: boolean) {
  return { InstanceId, ShouldDecrementDesiredCapacity };
}

test.each([
  ['with', true, 1],
  ['without', false, 2],
])('terminating by request %s a decrement asks the hook and leaves so many wanted', async (_, decrement, desired) => {
  const { built, group, member, autoscaling, finish } = await serving(2);

  const { Activity } = await autoscaling(
    'TerminateInstanceInAutoScalingGroup',
    terminateInput(member.instanceId, decrement),
  );
  await untilState(built, group, 'Terminating:Wait');
  finish(member.instanceId);
  await built.world.until('it is gone', () => !group.members.has(member.instanceId));
  await untilState(built, group, 'InService', desired);

  expect(group.desired).toBe(desired);
  expect(Activity).toMatchObject({
    Cause: expect.stringContaining(
      `instance ${member.instanceId} was taken out of service in response to a user request`,
    ),
  });
  expect(inState(group, 'InService')).toHaveLength(desired);
});

test('terminating one that is terminating changes nothing: neither its hook nor the desired capacity', async () => {
  const { built, group, member, autoscaling } = await serving(3);
  const input = terminateInput(member.instanceId, true);
  const first = await autoscaling('TerminateInstanceInAutoScalingGroup', input);
  await untilState(built, group, 'Terminating:Wait');

  const second = await autoscaling('TerminateInstanceInAutoScalingGroup', input);

  expect((second.Activity as { ActivityId: string }).ActivityId).toBe(
    (first.Activity as { ActivityId: string }).ActivityId,
  );
  expect(group.desired).toBe(2);
  expect(member.state).toBe('Terminating:Wait');
  expect(member.actions.size).toBe(1);
  expect(terminateEvents(built)).toHaveLength(1);
});

test('two terminate hooks have a token each; the instance goes when both have answered, or one says ABANDON', async () => {
  const hooks = [hook('leave', TERMINATING), hook('backup', TERMINATING)];
  for (const second of ['CONTINUE', 'ABANDON']) {
    const { built, group, member, autoscaling, finish } = await serving(1, { LifecycleHookSpecificationList: hooks });
    await autoscaling('TerminateInstanceInAutoScalingGroup', terminateInput(member.instanceId, true));
    await untilState(built, group, 'Terminating:Wait');
    expect(new Set(terminateEvents(built).map(({ detail }) => detail.LifecycleActionToken)).size).toBe(2);

    if (second === 'CONTINUE') {
      finish(member.instanceId);
      await built.world.advance(60_000);
      expect(member.state).toBe('Terminating:Wait');
    }
    finish(member.instanceId, second, 'backup');

    expect(member.state).toBe('Terminating:Proceed');
    expect(() => finish(member.instanceId)).toThrow('No active Lifecycle Action found');
  }
});

test.each(['terminate', 'stop'] as const)(
  'an instance that somebody makes %s behind the group’s back is replaced, and leaves through the hook',
  async (how) => {
    const { built, world, group, member, instance, finish } = await serving(1);

    built.fleet.instances[how](instance);
    const at = world.now();
    await untilState(built, group, 'Terminating:Wait');

    expect(world.now() - at).toBeLessThanOrEqual(101_000);
    expect(group.activities.map(({ cause }) => cause).join()).toContain(
      'in response to an EC2 health check indicating it has been terminated or stopped',
    );
    await untilState(built, group, 'InService');
    finish(member.instanceId);
    await world.until('it is gone', () => !group.members.has(member.instanceId));
    expect(instance.state).toBe('terminated');
  },
);

test('a hook waits on for an instance that EC2 has taken meanwhile', async () => {
  const { built, world, group, member, instance, autoscaling, finish } = await serving(1);
  await autoscaling('TerminateInstanceInAutoScalingGroup', terminateInput(member.instanceId, true));
  await untilState(built, group, 'Terminating:Wait');

  built.fleet.instances.terminate(instance);
  await world.advance(200_000);

  expect(member.state).toBe('Terminating:Wait');
  finish(member.instanceId);
  await world.advance(10_000);
  expect(group.members.size).toBe(0);
});

test('a group that is deleted by force ends its hooks; who answers them is told that there is no group', async () => {
  const { built, world, group, member, instance, autoscaling } = await serving(1);
  await autoscaling('TerminateInstanceInAutoScalingGroup', terminateInput(member.instanceId, true));
  await untilState(built, group, 'Terminating:Wait');
  const answer = () =>
    autoscaling('CompleteLifecycleAction', {
      AutoScalingGroupName: 'workers',
      LifecycleHookName: 'leave',
      InstanceId: member.instanceId,
      LifecycleActionResult: 'CONTINUE',
    });

  built.fleet.groups.delete('workers', true);
  await expect(answer()).rejects.toThrow(`No active Lifecycle Action found with instance ID ${member.instanceId}`);
  await world.until('the group is gone', () => !built.fleet.groups.all.has('workers'));

  expect(instance.state).toBe('terminated');
  await expect(answer()).rejects.toThrow("AutoScalingGroup name not found - AutoScalingGroup 'workers' not found");
});

test('a group does not scale in while Terminate is suspended', async () => {
  const { built, world, group } = await serving(2);
  built.fleet.groups.suspend('workers', ['Terminate']);

  built.fleet.groups.setDesired('workers', 1);
  await world.advance(600_000);
  expect(inState(group, 'InService')).toHaveLength(2);
  built.fleet.groups.resume('workers', ['Terminate']);

  await untilState(built, group, 'Terminating:Wait');
});

test('an instance refresh goes through the terminate hooks, waits while it is suspended, and counts what is done', async () => {
  const { built, world, group, autoscaling, finish } = await serving(4);
  const before = new Set(group.members.keys());
  built.fleet.groups.suspend('workers', ['InstanceRefresh']);
  await autoscaling('StartInstanceRefresh', {
    AutoScalingGroupName: 'workers',
    Preferences: { MinHealthyPercentage: 75 },
  });
  await world.advance(120_000);
  expect(inState(group, 'InService')).toHaveLength(4);
  built.fleet.groups.resume('workers', ['InstanceRefresh']);
  const percentages = new Set<number | undefined>();

  while (group.refreshes[0]?.Status !== 'Successful') {
    for (const { instanceId } of inState(group, 'Terminating:Wait')) finish(instanceId);
    expect(inState(group, 'InService').length).toBeGreaterThanOrEqual(3);
    await world.advance(5_000);
    percentages.add(group.refreshes[0]?.PercentageComplete);
  }

  expect(terminateEvents(built)).toHaveLength(4);
  expect([...percentages]).toEqual([0, 25, 50, 75, 100]);
  await world.until('the old ones are gone', () => ![...group.members.keys()].some((id) => before.has(id)));
});

test('an instance refresh also replaces what was still on its way into service when it began', async () => {
  const { built, world, group, autoscaling, finish } = await serving(1);
  built.fleet.groups.setDesired('workers', 2);
  await untilState(built, group, 'Pending');
  const before = new Set(group.members.keys());
  await autoscaling('StartInstanceRefresh', {
    AutoScalingGroupName: 'workers',
    Preferences: { MinHealthyPercentage: 50 },
  });

  while (group.refreshes[0]?.Status !== 'Successful') {
    for (const { instanceId } of inState(group, 'Terminating:Wait')) finish(instanceId);
    await world.advance(5_000);
  }

  await world.until('the old ones are gone', () => ![...group.members.keys()].some((id) => before.has(id)));
});

test.each([
  ['its launch template', { template: { InstanceMarketOptions: { MarketType: 'spot' as const } }, group: {} }],
  [
    'a mixed instances policy',
    {
      template: {},
      group: {
        LaunchTemplate: undefined,
        MixedInstancesPolicy: {
          LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: 'spot', Version: '1' } },
          InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 0 },
        },
      },
    },
  ],
])(
  'spot instances by %s are interrupted two minutes after the warning, and leave through the hook',
  async (_, choice) => {
    const built = buildFleet();
    const data = { ImageId: 'ami-0aaaaaaaaaaaaaaaa', InstanceType: 'm7g.large' as const, ...choice.template };
    built.fleet.templates.create('spot', data, 'arn:aws:iam::111111111111:user/operator');
    const group = createGroup(built, {
      DesiredCapacity: 1,
      LaunchTemplate: { LaunchTemplateName: 'spot', Version: '1' },
      LifecycleHookSpecificationList: [hook('leave', TERMINATING)],
      ...choice.group,
    });
    const [member] = await untilState(built, group, 'InService');
    const instance = built.fleet.instances.visible(member?.instanceId ?? '');
    expect(instance.spot).toBe(true);

    built.fleet.instances.interruptSpot(instance.instanceId);
    const warnedAt = built.world.now();
    await built.world.until('EC2 takes it', () => instance.state !== 'running');

    expect(built.world.now() - warnedAt).toBe(120_000);
    expect(instance.stateReason?.code).toBe('Server.SpotInstanceTermination');
    await untilState(built, group, 'Terminating:Wait');
  },
);

test('with capacity rebalancing the replacement is in service before the instance at risk leaves', async () => {
  const run = async (CapacityRebalance: boolean) => {
    const built = buildFleet();
    const data = {
      ImageId: 'ami-0aaaaaaaaaaaaaaaa',
      InstanceType: 'm7g.large' as const,
      InstanceMarketOptions: { MarketType: 'spot' as const },
    };
    built.fleet.templates.create('spot', data, 'arn:aws:iam::111111111111:user/operator');
    const group = createGroup(built, {
      MaxSize: 1,
      DesiredCapacity: 1,
      LaunchTemplate: { LaunchTemplateName: 'spot', Version: '1' },
      LifecycleHookSpecificationList: [hook('leave', TERMINATING)],
      CapacityRebalance,
    });
    const [member] = await untilState(built, group, 'InService');
    built.fleet.instances.recommendRebalance(member?.instanceId ?? '');
    await built.world.advance(200_000);
    return { group, member };
  };

  const rebalanced = await run(true);
  const left = await run(false);

  expect(rebalanced.member?.state).toBe('Terminating:Wait');
  expect(inState(rebalanced.group, 'InService')).toHaveLength(1);
  expect(rebalanced.group.activities[0]?.cause).toContain('in response to an EC2 instance rebalance recommendation');
  expect(left.member?.state).toBe('InService');
});
