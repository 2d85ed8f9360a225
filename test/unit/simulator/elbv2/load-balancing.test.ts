import { expect, test } from 'vitest';
import { elbv2Service } from '../../../../simulator/elbv2/service.ts';
import {
  buildFleet,
  call,
  createGroup,
  hook,
  inState,
  TERMINATING,
  untilState,
} from '../../../support/fleet-builder.ts';

type Kind = 'network' | 'application';

async function balanced(
  kind: Kind = 'network',
  overrides: Parameters<typeof buildFleet>[0] = {},
  targetGroup: object = {},
) {
  const built = buildFleet(overrides);
  const { fleet, world } = built;
  const service = elbv2Service(fleet.loadBalancing, fleet.network);
  const elb = (operation: string, input: object) => call(built, service, operation, input);
  const protocol = kind === 'network' ? 'TCP' : 'HTTP';
  const created = await elb('CreateTargetGroup', { Name: 'workers', Protocol: protocol, Port: 80, ...targetGroup });
  const TargetGroupArn = (created.TargetGroups as { TargetGroupArn: string }[])[0]?.TargetGroupArn ?? '';
  const instance = fleet.instances.run({
    imageId: 'ami-0aaaaaaaaaaaaaaaa',
    instanceType: 'm7g.large',
    subnetId: built.subnets[0]?.subnetId ?? '',
  });
  await world.until('it answers', () => instance.machine.answers(80));
  const listen = async (subnets = built.subnets.slice(0, 2)) => {
    const { LoadBalancers } = await elb('CreateLoadBalancer', {
      Name: 'front',
      Type: kind,
      Subnets: subnets.map((s) => s.subnetId),
    });
    const LoadBalancerArn = (LoadBalancers as { LoadBalancerArn: string }[])[0]?.LoadBalancerArn ?? '';
    await elb('CreateListener', {
      LoadBalancerArn,
      Port: 80,
      Protocol: protocol,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    });
    return LoadBalancerArn;
  };
  const health = async (Id: string = instance.instanceId) => {
    const answer = await elb('DescribeTargetHealth', { TargetGroupArn, Targets: [{ Id }] });
    return (
      answer.TargetHealthDescriptions as { TargetHealth: { State: string; Reason?: string; Description?: string } }[]
    )[0]?.TargetHealth;
  };
  const register = (Id: string = instance.instanceId) => elb('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] });
  const deregister = () => elb('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: instance.instanceId }] });
  const untilHealthy = () =>
    world.until(
      'it is healthy',
      () =>
        [...(fleet.loadBalancing.targetGroups.get(TargetGroupArn)?.targets.values() ?? [])][0]?.verdict === 'healthy',
    );
  return { built, world, fleet, elb, instance, TargetGroupArn, listen, health, register, deregister, untilHealthy };
}

test.each([
  ['network', 30_000, 180_000],
  ['application', 0, 10_000],
] as const)('a %s load balancer calls a target healthy only after a while', async (kind, atLeast, atMost) => {
  for (const seed of ['one', 'two', 'three']) {
    const { world, listen, register, health, untilHealthy } = await balanced(kind, { seed });
    await listen();
    await register();
    const registeredAt = world.now();
    expect(await health()).toMatchObject({ State: 'initial', Reason: 'Elb.RegistrationInProgress' });

    await untilHealthy();

    expect(world.now() - registeredAt).toBeGreaterThanOrEqual(atLeast);
    expect(world.now() - registeredAt).toBeLessThanOrEqual(atMost);
    expect(await health()).toEqual({ State: 'healthy' });
  }
});

test('without lag a target is healthy at once', async () => {
  const { world, listen, register, health } = await balanced('network', { lag: 'none' });
  await listen();
  await register();
  await world.advance(0);

  expect(await health()).toEqual({ State: 'healthy' });
});

test('a network load balancer opens connections to a deregistered target for a while, and drains', async () => {
  const { world, fleet, listen, register, deregister, health, untilHealthy } = await balanced();
  const arn = await listen();
  await register();
  await untilHealthy();

  await deregister();
  const deregisteredAt = world.now();
  expect(await health()).toEqual({
    State: 'draining',
    Reason: 'Target.DeregistrationInProgress',
    Description: 'Target deregistration is in progress',
  });
  expect(fleet.loadBalancing.route(arn, 80)?.answered).toBe(true);
  while (fleet.loadBalancing.route(arn, 80)) await world.advance(1_000);
  expect(world.now() - deregisteredAt).toBeGreaterThanOrEqual(30_000);
  expect(world.now() - deregisteredAt).toBeLessThanOrEqual(151_000);
  await world.advance(300_000);

  expect(await health()).toEqual({
    State: 'unused',
    Reason: 'Target.NotRegistered',
    Description: 'Target is not registered to the target group',
  });
});

test('a connection that a stopped node should have taken is counted as failed', async () => {
  const { world, fleet, instance, listen, register, deregister, untilHealthy } = await balanced();
  const arn = await listen();
  await register();
  await untilHealthy();

  await deregister();
  await world.advance(10_000);
  instance.machine.listen(80, false);

  expect(fleet.loadBalancing.route(arn, 80)).toMatchObject({ instanceId: instance.instanceId, answered: false });
});

test('targets are unused while no listener uses their group, and healthy when one does', async () => {
  const { register, health, listen, untilHealthy } = await balanced();
  await register();

  expect(await health()).toEqual({
    State: 'unused',
    Reason: 'Target.NotInUse',
    Description: 'Target group is not configured to receive traffic from the load balancer',
  });
  await listen();
  await untilHealthy();

  expect(await health()).toEqual({ State: 'healthy' });
});

test('a target in a zone that the load balancer lacks is unused', async () => {
  const { built, register, health, listen } = await balanced();
  await listen(built.subnets.slice(1));
  await register();

  expect(await health()).toMatchObject({
    State: 'unused',
    Reason: 'Target.NotInUse',
    Description: 'Target is in an Availability Zone that is not enabled for the load balancer',
  });
});

test('a port that closes makes a target unhealthy after threshold times interval, one that opens healthy again', async () => {
  const { world, instance, listen, register, health, untilHealthy } = await balanced(
    'network',
    {},
    {
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 3,
      UnhealthyThresholdCount: 3,
    },
  );
  await listen();
  await register();
  await untilHealthy();

  instance.machine.listen(80, false);
  await world.advance(19_000);
  expect((await health())?.State).toBe('healthy');
  await world.advance(12_000);
  expect(await health()).toEqual({
    State: 'unhealthy',
    Reason: 'Target.FailedHealthChecks',
    Description: 'Health checks failed',
  });
  instance.machine.listen(80, true);
  await world.advance(31_000);

  expect(await health()).toEqual({ State: 'healthy' });
});

test('a stopped target is unused in an invalid state, a terminated one leaves by itself', async () => {
  const { world, fleet, instance, listen, register, health, untilHealthy } = await balanced();
  await listen();
  await register();
  await untilHealthy();

  fleet.instances.stop(instance);
  await world.until('it is stopped', () => instance.state === 'stopped');
  expect(await health()).toEqual({
    State: 'unused',
    Reason: 'Target.InvalidState',
    Description: 'Target is in the stopped state',
  });
  fleet.instances.terminate(instance);
  await world.until('it is terminated', () => instance.state === 'terminated');

  expect((await health())?.Reason).toBe('Target.NotRegistered');
});

test.each(['terminate', 'stop'] as const)(
  'after %s a target gets connections until the health checks or the load balancer find out',
  async (end) => {
    const healthCheck = { HealthCheckIntervalSeconds: 30, UnhealthyThresholdCount: 2 };
    const { world, fleet, instance, listen, register, health } = await balanced('network', {}, healthCheck);
    const { imageId, instanceType, subnet } = instance;
    const other = fleet.instances.run({ imageId, instanceType, subnetId: subnet.subnetId });
    const arn = await listen();
    await register();
    await world.until('the other one answers', () => other.machine.answers(80));
    await register(other.instanceId);
    await world.advance(240_000);
    const routes = () => Array.from({ length: 30 }, () => fleet.loadBalancing.route(arn, 80));
    const hits = () => routes().filter((route) => route?.instanceId === instance.instanceId);

    fleet.instances[end](instance);

    expect((await health())?.State).toBe('unused');
    expect(hits()).toContainEqual(expect.objectContaining({ answered: false }));
    await world.advance(29_000);
    expect(hits()).toContainEqual(expect.objectContaining({ answered: false }));
    await world.advance(31_000);
    expect(hits()).toEqual([]);
  },
);

test('a terminated instance that was deregistered before still gets connections for as long as the load balancer lags', async () => {
  const { world, fleet, instance, listen, register, deregister, untilHealthy } = await balanced();
  const arn = await listen();
  await register();
  await untilHealthy();

  await deregister();
  const deregisteredAt = world.now();
  fleet.instances.terminate(instance);

  await world.advance(29_000);
  expect(fleet.loadBalancing.route(arn, 80)).toMatchObject({ instanceId: instance.instanceId, answered: false });
  while (fleet.loadBalancing.route(arn, 80)) await world.advance(1_000);
  expect(world.now() - deregisteredAt).toBeLessThanOrEqual(151_000);
});

test('a deregistration delay shorter than the lag hides the target from the API, not from new connections', async () => {
  const { world, fleet, elb, TargetGroupArn, listen, register, deregister, health, untilHealthy } = await balanced();
  await elb('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }],
  });
  const arn = await listen();
  await register();
  await untilHealthy();

  await deregister();

  expect((await health())?.Reason).toBe('Target.NotRegistered');
  await world.advance(29_000);
  expect(fleet.loadBalancing.route(arn, 80)?.answered).toBe(true);
  await world.advance(122_000);
  expect(fleet.loadBalancing.route(arn, 80)).toBeUndefined();
});

test.each([
  ['an application load balancer', 'application', 'false', 300_000],
  ['a network load balancer that is told to', 'network', 'true', 300_000],
  ['a network load balancer', 'network', 'false', undefined],
] as const)(
  '%s closes connections at the end of the deregistration delay, or leaves them open',
  async (_, kind, value, after) => {
    const { world, fleet, elb, TargetGroupArn, instance, listen, register, deregister, untilHealthy } =
      await balanced(kind);
    await elb('ModifyTargetGroupAttributes', {
      TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.connection_termination.enabled', Value: value }],
    });
    await listen();
    await register();
    await untilHealthy();
    const cuts: object[] = [];
    fleet.loadBalancing.onConnectionsCut((cut) => cuts.push({ ...cut, afterMs: world.now() - deregisteredAt }));

    await deregister();
    const deregisteredAt = world.now();
    await world.advance(600_000);

    const cut = { targetGroupArn: TargetGroupArn, targetId: instance.instanceId, port: 80, afterMs: after };
    expect(cuts).toEqual(after === undefined ? [] : [cut]);
  },
);

test('a network load balancer closes the connections of a target that it calls unhealthy, unless told not to', async () => {
  for (const [value, expected] of [
    ['true', 1],
    ['false', 0],
  ] as const) {
    const { world, fleet, elb, TargetGroupArn, instance, listen, register, untilHealthy } = await balanced();
    await elb('ModifyTargetGroupAttributes', {
      TargetGroupArn,
      Attributes: [{ Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: value }],
    });
    await listen();
    await register();
    await untilHealthy();
    const cuts: object[] = [];
    fleet.loadBalancing.onConnectionsCut((cut) => cuts.push(cut));

    instance.machine.listen(80, false);
    await world.advance(120_000);

    expect(cuts).toHaveLength(expected);
  }
});

test('an instance that is started again is checked like a new one', async () => {
  const { world, fleet, instance, listen, register, health, untilHealthy } = await balanced();
  await listen();
  await register();
  await untilHealthy();
  fleet.instances.stop(instance);
  await world.until('it is stopped', () => instance.state === 'stopped');
  await world.advance(60_000);

  fleet.instances.start(instance);
  await world.until('it answers', () => instance.machine.answers(80));

  expect((await health())?.State).toBe('initial');
  await world.advance(29_000);
  expect((await health())?.State).toBe('initial');
  await untilHealthy();
});

test('a health check port of its own decides, not the traffic port', async () => {
  const { world, instance, listen, register, health, untilHealthy } = await balanced(
    'network',
    {},
    { HealthCheckPort: '6443' },
  );
  await listen();
  await register();
  await untilHealthy();

  instance.machine.listen(80, false);
  await world.advance(600_000);

  expect((await health())?.State).toBe('healthy');
});

test('targets by address follow the instance behind the address', async () => {
  const { instance, listen, register, health, untilHealthy } = await balanced('network', {}, { TargetType: 'ip' });
  await listen();
  await register(instance.privateIpAddress);
  await untilHealthy();

  expect(await health(instance.privateIpAddress)).toEqual({ State: 'healthy' });
});

test('an instance that EC2 does not know has no health', async () => {
  const { health } = await balanced();

  await expect(health('i-00000000000000000')).rejects.toMatchObject({ code: 'InvalidTarget' });
});

test('what cannot be a target is refused', async () => {
  const { register } = await balanced();

  await expect(register('i-00000000000000000')).rejects.toMatchObject({
    code: 'InvalidTarget',
    message: "The following targets are not valid instances: 'i-00000000000000000'",
  });
});

test('Auto Scaling waits for draining before the terminate hook, and says so', async () => {
  const { built, world, fleet, elb, TargetGroupArn, listen } = await balanced();
  await listen(built.subnets);
  await elb('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '120' }],
  });
  const group = createGroup(built, {
    DesiredCapacity: 1,
    TargetGroupARNs: [TargetGroupArn],
    LifecycleHookSpecificationList: [hook('leave', TERMINATING)],
  });
  await untilState(built, group, 'InService');
  await world.advance(200_000);
  fleet.groups.setDesired('workers', 0);
  await untilState(built, group, 'Terminating');
  const since = world.now();

  expect(group.activities[0]).toMatchObject({ statusCode: 'WaitingForELBConnectionDraining' });
  expect(group.activities[0]?.description).toMatch(/ - Waiting For ELB Connection Draining\.$/);
  await untilState(built, group, 'Terminating:Wait');

  expect(world.now() - since).toBe(120_000);
});

test('with ELB health checks an instance that the load balancer calls unhealthy is replaced', async () => {
  const { built, world, fleet, TargetGroupArn, listen } = await balanced();
  await listen(built.subnets);
  const group = createGroup(built, {
    DesiredCapacity: 1,
    TargetGroupARNs: [TargetGroupArn],
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 300,
  });
  const [member] = await untilState(built, group, 'InService');
  await world.advance(400_000);
  expect(inState(group, 'InService')).toHaveLength(1);

  fleet.instances.visible(member?.instanceId ?? '').machine.listen(80, false);
  await world.until('it is replaced', () => group.members.get(member?.instanceId ?? '')?.state === 'Terminating');

  expect(group.activities.map((a) => a.cause).join()).toContain('in response to an ELB system health check failure.');
});

test('at most twenty resources are described by tag in one call', async () => {
  const { elb, TargetGroupArn } = await balanced();
  await elb('AddTags', { ResourceArns: [TargetGroupArn], Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'demo' }] });

  expect(await elb('DescribeTags', { ResourceArns: [TargetGroupArn] })).toEqual({
    TagDescriptions: [{ ResourceArn: TargetGroupArn, Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'demo' }] }],
  });
  await expect(
    elb('DescribeTags', { ResourceArns: Array.from({ length: 21 }, () => TargetGroupArn) }),
  ).rejects.toMatchObject({
    code: 'ValidationError',
  });
});

test('registering needs the target group by ARN with its tags; target health needs everything', async () => {
  const { fleet, TargetGroupArn } = await balanced('network', {}, { Tags: [{ Key: 'tender:cluster', Value: 'demo' }] });
  const { operations } = elbv2Service(fleet.loadBalancing, fleet.network);
  const access = operations.RegisterTargets?.access as unknown as (input: object) => unknown;

  expect(access({ TargetGroupArn })).toEqual([
    {
      action: 'elasticloadbalancing:RegisterTargets',
      resource: TargetGroupArn,
      context: { 'aws:ResourceTag/tender:cluster': 'demo', 'elasticloadbalancing:ResourceTag/tender:cluster': 'demo' },
    },
  ]);
  expect(operations.DescribeTargetHealth?.access).toBeUndefined();
});

test('a group in use is not deleted; after its listener it is', async () => {
  const { elb, fleet, TargetGroupArn, listen } = await balanced();
  const LoadBalancerArn = await listen();

  await expect(elb('DeleteTargetGroup', { TargetGroupArn })).rejects.toMatchObject({ code: 'ResourceInUse' });
  await elb('DeleteLoadBalancer', { LoadBalancerArn });
  await elb('DeleteTargetGroup', { TargetGroupArn });

  expect(fleet.loadBalancing.targetGroups.size).toBe(0);
});

test.each([
  ['application', 'zonal_shift_active'],
  ['network', 'zonal_shift_delegated_to_dns'],
] as const)(
  'a zonal shift of a load balancer of type %s is told of its targets in that zone as %s, and no new connection goes there',
  async (kind, State) => {
    const { elb, fleet, instance, TargetGroupArn, listen, register, untilHealthy, built } = await balanced(kind);
    const loadBalancerArn = await listen();
    await register();
    await untilHealthy();
    const override = async () => {
      const { TargetHealthDescriptions } = await elb('DescribeTargetHealth', { TargetGroupArn });
      return (TargetHealthDescriptions as { AdministrativeOverride: { State: string } }[])[0]?.AdministrativeOverride
        .State;
    };
    const loadBalancer = fleet.loadBalancing.loadBalancers.get(loadBalancerArn);
    if (!loadBalancer) throw new Error('there is a load balancer');
    expect(await override()).toBe('no_override');

    const [here = '', other = ''] = built.subnets.map(({ availabilityZone }) => availabilityZone);
    const endOther = fleet.loadBalancing.shifts.start(loadBalancer, other);
    expect([await override(), fleet.loadBalancing.route(loadBalancerArn, 80)?.instanceId]).toEqual([
      'no_override',
      instance.instanceId,
    ]);
    endOther();
    const end = fleet.loadBalancing.shifts.start(loadBalancer, here);
    expect([await override(), fleet.loadBalancing.route(loadBalancerArn, 80)]).toEqual([State, undefined]);
    end();
    expect([await override(), fleet.loadBalancing.route(loadBalancerArn, 80)?.answered]).toEqual(['no_override', true]);
  },
);
