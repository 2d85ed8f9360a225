import { expect, test } from 'vitest';
import { autoScalingService } from '../../../../simulator/autoscaling/service.ts';
import {
  buildFleet,
  call,
  createGroup,
  hook,
  inState,
  LAUNCHING,
  TERMINATING,
  untilState,
} from '../../../support/fleet-builder.ts';

async function serving(howMany: number, settings: object = {}) {
  const built = buildFleet();
  const group = createGroup(built, { DesiredCapacity: howMany, ...settings });
  await untilState(built, group, 'InService', howMany);
  return { built, group, service: autoScalingService(built.fleet.groups) };
}

test('launches are spread over the zones', async () => {
  const { group } = await serving(6);

  const zones = Map.groupBy(group.members.values(), (m) => m.zone);

  expect([...zones.values()].map((members) => members.length)).toEqual([2, 2, 2]);
});

test('activities describe themselves and their cause in the words of the service', async () => {
  const { built, group, service } = await serving(2);
  built.fleet.groups.setDesired('workers', 1);
  await built.world.until('one is gone', () => group.members.size === 1);

  const { Activities } = (await call(built, service, 'DescribeScalingActivities', {
    AutoScalingGroupName: 'workers',
  })) as {
    Activities: { Description: string; Cause: string; StatusCode: string; Progress: number; Details: string }[];
  };

  expect(Activities).toHaveLength(3);
  expect(Activities[0]).toMatchObject({
    Description: expect.stringMatching(/^Terminating EC2 instance: i-0[0-9a-f]{16}$/),
    Cause: expect.stringMatching(
      /^At \S+Z a user request explicitly set group desired capacity changing the desired capacity from 2 to 1\. {2}At \S+Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 2 to 1\. {2}At \S+Z instance i-\S+ was selected for termination\.$/,
    ),
    StatusCode: 'Successful',
    Progress: 100,
  });
  expect(Activities[2]?.Cause).toMatch(
    /^At 2026-03-02T09:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 2\. {2}At \S+Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 2\.$/,
  );
  expect(JSON.parse(Activities[2]?.Details ?? '')).toEqual({
    'Subnet ID': built.subnets[0]?.subnetId,
    'Availability Zone': 'us-east-1a',
  });
});

test('health is in capitals for single instances and not in groups', async () => {
  const { built, service } = await serving(1);

  const single = await call(built, service, 'DescribeAutoScalingInstances', {});
  const group = await call(built, service, 'DescribeAutoScalingGroups', { AutoScalingGroupNames: ['workers'] });

  expect(single).toMatchObject({ AutoScalingInstances: [{ HealthStatus: 'HEALTHY' }] });
  expect(group).toMatchObject({
    AutoScalingGroups: [{ Instances: [{ HealthStatus: 'Healthy', LifecycleState: 'InService' }] }],
  });
});

test('instances carry the tags that propagate and name the template version as a number', async () => {
  const { built, group } = await serving(1, {
    Tags: [
      { Key: 'tender:cluster', Value: 'demo', PropagateAtLaunch: true },
      { Key: 'team', Value: 'x', PropagateAtLaunch: false },
    ],
  });
  const [member] = group.members.values();

  const { tags } = built.fleet.instances.visible(member?.instanceId ?? '');

  expect(Object.fromEntries(tags)).toEqual({
    'aws:ec2launchtemplate:id': built.template.id,
    'aws:ec2launchtemplate:version': '1',
    'tender:cluster': 'demo',
    'aws:autoscaling:groupName': 'workers',
  });
  expect(member?.launchTemplate?.Version).toBe('1');
});

test('desired capacity outside of the bounds is refused in the words of the service', async () => {
  const { built } = await serving(1, { MinSize: 1, MaxSize: 3 });

  expect(() => built.fleet.groups.setDesired('workers', 4)).toThrow(
    'New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.',
  );
  expect(() => built.fleet.groups.setDesired('workers', 0)).toThrow('is below min value 1');
});

test('scale-in passes protected instances by', async () => {
  const { built, group } = await serving(2);
  const [first, second] = [...group.members.keys()];
  built.fleet.groups.setProtection('workers', [first ?? ''], true);

  built.fleet.groups.setDesired('workers', 0);
  await built.world.advance(600_000);

  expect([...group.members.keys()]).toEqual([first]);
  expect(second).not.toBe(first);
});

test('an instance that somebody terminates is found out and replaced', async () => {
  const { built, group } = await serving(1);
  const [id] = [...group.members.keys()];
  built.fleet.instances.terminate(built.fleet.instances.visible(id ?? ''));

  await built.world.until('it is replaced', () => inState(group, 'InService').some((m) => m.instanceId !== id));

  const causes = group.activities.map((a) => a.cause).join('\n');
  expect(causes).toContain('in response to an EC2 health check indicating it has been terminated or stopped.');
  expect(causes).toContain('an instance was launched in response to an unhealthy instance needing to be replaced.');
});

test('a failing status check replaces after the grace period, unless ReplaceUnhealthy is suspended', async () => {
  const { built, group } = await serving(1, { HealthCheckGracePeriod: 600 });
  const [member] = group.members.values();
  built.fleet.groups.suspend('workers', ['ReplaceUnhealthy']);
  built.fleet.instances.impair(member?.instanceId ?? '');

  await built.world.advance(500_000);
  expect(member?.health).toBe('Healthy');
  await built.world.advance(300_000);
  expect(member?.health).toBe('Unhealthy');
  expect(member?.state).toBe('InService');
  built.fleet.groups.resume('workers', ['ReplaceUnhealthy']);
  await built.world.until('it is replaced', () => !group.members.has(member?.instanceId ?? ''));

  expect(inState(group, 'InService').length + inState(group, 'Pending').length).toBe(1);
});

test('with an instance maintenance policy the replacement is in service before the sick one goes', async () => {
  const { built, group } = await serving(2, {
    InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 },
  });
  const [sick] = [...group.members.keys()];

  built.fleet.groups.setHealth(sick, 'Unhealthy', false);
  await built.world.until('the sick one leaves', () => group.members.get(sick ?? '')?.state !== 'InService');

  expect(inState(group, 'InService')).toHaveLength(2);
  expect(group.activities[0]?.cause).toContain('in response to a user health-check.');
});

test('suspended Launch holds launches back until it is resumed', async () => {
  const { built, group } = await serving(1);
  built.fleet.groups.suspend('workers', ['Launch']);
  built.fleet.groups.setDesired('workers', 3);
  await built.world.advance(300_000);
  expect(group.members.size).toBe(1);

  built.fleet.groups.resume('workers', ['Launch']);

  expect(await untilState(built, group, 'InService', 3)).toHaveLength(3);
});

test('standby takes an instance out of service and back through its hooks', async () => {
  const { built, group } = await serving(2);
  const [id] = [...group.members.keys()];
  built.fleet.groups.enterStandby('workers', [id ?? ''], true);
  await untilState(built, group, 'Standby');
  await built.world.advance(120_000);
  expect(group.desired).toBe(1);
  expect(group.members.size).toBe(2);

  built.fleet.groups.exitStandby('workers', [id ?? '']);
  await untilState(built, group, 'InService', 2);

  expect(group.desired).toBe(2);
});

test('terminating one with a decrement below the minimum is refused; without it, it is replaced', async () => {
  const { built, group } = await serving(1, { MinSize: 1 });
  const [id] = [...group.members.keys()];

  expect(() => built.fleet.groups.terminateInstance(id, true)).toThrow("will violate group's min size constraint");
  expect(() => built.fleet.groups.terminateInstance('i-00000000000000000', false)).toThrow(
    'Instance Id not found - No managed instance found for instance ID: i-00000000000000000',
  );
  built.fleet.groups.terminateInstance(id, false);
  await built.world.until('it is replaced', () => inState(group, 'InService').some((m) => m.instanceId !== id));

  expect(group.desired).toBe(1);
});

test('a detached instance goes on running', async () => {
  const { built, group } = await serving(1);
  const [id] = [...group.members.keys()];

  built.fleet.groups.detachInstances('workers', [id ?? ''], true);
  await built.world.advance(120_000);

  expect(group.members.size).toBe(0);
  expect(built.fleet.instances.visible(id ?? '').state).toBe('running');
});

test('a zone without capacity fails a launch with its message, and another zone takes it', async () => {
  const built = buildFleet();
  built.fleet.instances.sellOut('us-east-1a');
  const group = createGroup(built, { DesiredCapacity: 1 });

  const [member] = await untilState(built, group, 'InService');

  expect(member?.zone).toBe('us-east-1b');
  expect(group.activities.find((a) => a.statusCode === 'Failed')?.statusMessage).toMatch(
    /sufficient m7g.large capacity.*Launching EC2 instance failed\.$/,
  );
  expect(built.events.some((e) => e.detailType === 'EC2 Instance Launch Unsuccessful')).toBe(true);
});

test('zones are balanced again when capacity is back, by launching first', async () => {
  const built = buildFleet();
  const end = built.fleet.instances.sellOut('us-east-1a');
  const group = createGroup(built, { DesiredCapacity: 6 });
  await untilState(built, group, 'InService', 6);
  expect([...group.members.values()].some((m) => m.zone === 'us-east-1a')).toBe(false);
  end();

  await built.world.advance(11 * 60_000);
  built.fleet.groups.scaling.wake(group);
  let fewest = 6;
  built.world.history.listen(() => {
    fewest = Math.min(fewest, inState(group, 'InService').length);
  });
  const perZone = () =>
    [...Map.groupBy(inState(group, 'InService'), (m) => m.zone).values()].map((m) => m.length).sort();
  await built.world.until('zones are balanced', () => perZone().join() === '2,2,2');

  expect(fewest).toBe(6);
});

test('a group with instances is deleted only by force, which asks no hook', async () => {
  const { built, group } = await serving(2, { LifecycleHookSpecificationList: [hook('leave', TERMINATING)] });

  expect(() => built.fleet.groups.delete('workers', false)).toThrow(expect.objectContaining({ code: 'ResourceInUse' }));
  built.fleet.groups.delete('workers', true);
  await built.world.until('it is gone', () => !built.fleet.groups.all.has('workers'));

  expect(group.members.size).toBe(0);
  expect(built.events.some((e) => e.detailType === 'EC2 Instance-terminate Lifecycle Action')).toBe(false);
});

test('an instance refresh replaces every instance in steps and blocks a second one', async () => {
  const { built, group, service } = await serving(3);
  const before = new Set(group.members.keys());

  await call(built, service, 'StartInstanceRefresh', {
    AutoScalingGroupName: 'workers',
    Preferences: { MinHealthyPercentage: 50 },
  });
  await expect(call(built, service, 'StartInstanceRefresh', { AutoScalingGroupName: 'workers' })).rejects.toMatchObject(
    {
      code: 'InstanceRefreshInProgress',
    },
  );
  await built.world.advance(6_000);
  expect(await call(built, service, 'DescribeInstanceRefreshes', { AutoScalingGroupName: 'workers' })).toMatchObject({
    InstanceRefreshes: [{ Status: 'InProgress' }],
  });
  await built.world.until('the refresh is done', () => group.refreshes[0]?.Status === 'Successful');

  expect([...group.members.values()].filter((m) => m.state === 'InService' && !before.has(m.instanceId))).toHaveLength(
    3,
  );
});

test('groups are found by tag, page by page', async () => {
  const built = buildFleet();
  for (const name of ['a', 'b', 'c', 'd']) {
    createGroup(built, {
      AutoScalingGroupName: name,
      Tags: [{ Key: 'tender:cluster', Value: name === 'd' ? 'other' : 'demo' }],
    });
  }
  const service = autoScalingService(built.fleet.groups);
  const Filters = [{ Name: 'tag:tender:cluster', Values: ['demo'] }];

  const first = await call(built, service, 'DescribeAutoScalingGroups', { Filters, MaxRecords: 2 });
  const second = await call(built, service, 'DescribeAutoScalingGroups', {
    Filters,
    MaxRecords: 2,
    NextToken: first.NextToken,
  });

  const names = (page: Record<string, unknown>) =>
    (page.AutoScalingGroups as { AutoScalingGroupName: string }[]).map((g) => g.AutoScalingGroupName);
  expect([names(first), names(second), second.NextToken]).toEqual([['a', 'b'], ['c'], undefined]);
});

test('completing an action needs the group by ARN, with its tags as conditions', async () => {
  const { built, group } = await serving(0, { Tags: [{ Key: 'tender:cluster', Value: 'demo' }] });
  const operation = autoScalingService(built.fleet.groups).operations.CompleteLifecycleAction;
  const access = operation?.access as unknown as (input: object) => unknown;

  expect(access({ AutoScalingGroupName: 'workers' })).toEqual([
    {
      action: 'autoscaling:CompleteLifecycleAction',
      resource: group.arn,
      context: { 'aws:ResourceTag/tender:cluster': 'demo', 'autoscaling:ResourceTag/tender:cluster': 'demo' },
    },
  ]);
});

test('two hundred instances launch at once, and two runs of a seed tell the same story', async () => {
  const run = async () => {
    const built = buildFleet({ seed: 'crowd' });
    const group = createGroup(built, {
      MaxSize: 200,
      DesiredCapacity: 200,
      LifecycleHookSpecificationList: [hook('join', LAUNCHING)],
    });
    await untilState(built, group, 'Pending:Wait', 200);
    for (const member of inState(group, 'Pending:Wait')) {
      built.fleet.groups.scaling.actions.complete(group, 'join', 'CONTINUE', undefined, member.instanceId);
    }
    await untilState(built, group, 'InService', 200);
    return built.world.history.toText();
  };

  expect(await run()).toBe(await run());
});

test('an instance that dies just before it would serve is replaced, and nothing breaks', async () => {
  const built = buildFleet();
  const targets = built.fleet.loadBalancing.createTargetGroup({ Name: 'workers', Protocol: 'TCP', Port: 80 });
  const group = createGroup(built, {
    DesiredCapacity: 1,
    TargetGroupARNs: [targets.arn],
    LifecycleHookSpecificationList: [hook('join', LAUNCHING, { DefaultResult: 'CONTINUE', HeartbeatTimeout: 30 })],
  });
  const [member] = await untilState(built, group, 'Pending:Wait');
  const id = member?.instanceId ?? '';

  await built.world.advance(29_500);
  built.fleet.instances.terminate(built.fleet.instances.visible(id));
  await built.world.until('it is replaced', () => inState(group, 'InService').some((m) => m.instanceId !== id));

  expect(targets.targets.has(`${id}:80`)).toBe(false);
});

test('with AddToLoadBalancer suspended an instance serves without being registered', async () => {
  const built = buildFleet();
  const targets = built.fleet.loadBalancing.createTargetGroup({ Name: 'workers', Protocol: 'TCP', Port: 80 });
  const group = createGroup(built, { TargetGroupARNs: [targets.arn] });
  built.fleet.groups.suspend('workers', ['AddToLoadBalancer']);
  built.fleet.groups.setDesired('workers', 1);

  await untilState(built, group, 'InService');

  expect(targets.targets.size).toBe(0);
});

test('a target group that is attached later gets the instances in service, and loses them when detached', async () => {
  const { built, service } = await serving(2);
  const targets = built.fleet.loadBalancing.createTargetGroup({ Name: 'workers', Protocol: 'TCP', Port: 80 });
  const input = { AutoScalingGroupName: 'workers', TargetGroupARNs: [targets.arn] };

  await call(built, service, 'AttachLoadBalancerTargetGroups', input);
  expect(targets.targets.size).toBe(2);
  expect(await call(built, service, 'DescribeLoadBalancerTargetGroups', input)).toMatchObject({
    LoadBalancerTargetGroups: [{ LoadBalancerTargetGroupARN: targets.arn, State: 'InService' }],
  });
  await call(built, service, 'DetachLoadBalancerTargetGroups', input);

  expect(targets.targets.size).toBe(0);
});

test('a mixed instances policy takes its types in turn, and spot above the base', async () => {
  const built = buildFleet();
  const group = createGroup(built, {
    DesiredCapacity: 4,
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateName: 'workers', Version: '1' },
        Overrides: [{ InstanceType: 'm7g.large' }, { InstanceType: 'm6g.large' }],
      },
      InstancesDistribution: { OnDemandBaseCapacity: 2, OnDemandPercentageAboveBaseCapacity: 0 },
    },
  });
  await untilState(built, group, 'InService', 4);

  const instances = [...built.fleet.instances.all.values()];

  expect(instances.map((i) => i.instanceType)).toEqual(['m7g.large', 'm6g.large', 'm7g.large', 'm6g.large']);
  expect(instances.map((i) => i.spot)).toEqual([false, false, true, true]);
});
