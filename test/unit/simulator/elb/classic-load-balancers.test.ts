import { expect, test } from 'vitest';
import { elbService } from '../../../../simulator/elb/service.ts';
import { ACCOUNT, buildFleet, call, REGION } from '../../../support/fleet-builder.ts';

async function balanced(overrides: Parameters<typeof buildFleet>[0] = {}) {
  const built = buildFleet(overrides);
  const { fleet, world } = built;
  const service = elbService(fleet.classic, fleet.network, { region: REGION, account: ACCOUNT });
  const elb = (operation: string, input: object = {}) =>
    call(built, service, operation, { LoadBalancerName: 'old', ...input });
  await elb('CreateLoadBalancer', {
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 6443 }],
    Subnets: built.subnets.map((s) => s.subnetId),
  });
  await elb('ConfigureHealthCheck', {
    HealthCheck: { Target: 'TCP:6443', Interval: 10, Timeout: 5, HealthyThreshold: 3, UnhealthyThreshold: 2 },
  });
  const instance = fleet.instances.run({
    imageId: 'ami-0aaaaaaaaaaaaaaaa',
    instanceType: 'm7g.large',
    subnetId: built.subnets[0]?.subnetId ?? '',
  });
  await world.until('it answers', () => instance.machine.answers(6443));
  const Instances = [{ InstanceId: instance.instanceId }];
  const health = async () => ((await elb('DescribeInstanceHealth')).InstanceStates as object[])[0];
  return { built, fleet, world, elb, service, instance, Instances, health };
}

test('an instance is in service after threshold times interval, out of service when its port closes', async () => {
  const { world, elb, instance, Instances, health } = await balanced();
  await elb('RegisterInstancesWithLoadBalancer', { Instances });

  expect(await health()).toEqual({
    InstanceId: instance.instanceId,
    State: 'OutOfService',
    ReasonCode: 'ELB',
    Description: 'Instance registration is still in progress.',
  });
  await world.advance(19_000);
  expect(await health()).toMatchObject({ State: 'OutOfService' });
  await world.advance(11_000);
  expect(await health()).toMatchObject({ State: 'InService', ReasonCode: 'N/A', Description: 'N/A' });
  instance.machine.listen(6443, false);
  await world.advance(20_000);

  expect(await health()).toMatchObject({
    State: 'OutOfService',
    ReasonCode: 'Instance',
    Description: 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
  });
});

test('with connection draining a deregistered instance takes no new connection and stays until its time is over', async () => {
  const { world, fleet, elb, instance, Instances, health } = await balanced();
  await elb('ModifyLoadBalancerAttributes', {
    LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: 60 } },
  });
  await elb('RegisterInstancesWithLoadBalancer', { Instances });
  await world.advance(60_000);
  expect(fleet.classic.route('old', 443)).toMatchObject({ port: 6443, answered: true });

  const left = await elb('DeregisterInstancesFromLoadBalancer', { Instances });
  expect(left.Instances).toEqual([]);
  expect(fleet.classic.route('old', 443)).toBeUndefined();
  expect(await health()).toMatchObject({
    State: 'InService',
    Description: 'Instance deregistration currently in progress.',
  });
  await world.advance(60_000);

  expect(await health()).toBeUndefined();
  const asked = async () => (await elb('DescribeInstanceHealth', { Instances })).InstanceStates;
  const Description = 'Instance is not currently registered with the LoadBalancer.';
  expect(await asked()).toMatchObject([{ State: 'OutOfService', Description }]);
  fleet.instances.terminate(instance);
  await world.advance(600_000);
  expect(await asked()).toEqual([]);
});

test('what does not exist is named as the service names it', async () => {
  const { elb } = await balanced();

  await expect(elb('DescribeInstanceHealth', { LoadBalancerName: 'new' })).rejects.toMatchObject({
    code: 'LoadBalancerNotFound',
    message: "There is no ACTIVE Load Balancer named 'new'",
  });
  const Instances = [{ InstanceId: 'i-00000000000000000' }];
  await expect(elb('DescribeInstanceHealth', { Instances })).rejects.toMatchObject({ code: 'InvalidInstance' });
  await expect(
    elb('RegisterInstancesWithLoadBalancer', { Instances: [{ InstanceId: 'i-00000000000000000' }] }),
  ).rejects.toMatchObject({
    code: 'InvalidInstance',
  });
});

test('registering needs the load balancer by ARN, with its tags as conditions', async () => {
  const { elb, service } = await balanced();
  await elb('AddTags', { LoadBalancerNames: ['old'], Tags: [{ Key: 'tender:cluster', Value: 'demo' }] });
  const access = service.operations.RegisterInstancesWithLoadBalancer?.access as unknown as (input: object) => unknown;

  expect(access({ LoadBalancerName: 'old', Instances: [] })).toMatchObject([
    {
      action: 'elasticloadbalancing:RegisterInstancesWithLoadBalancer',
      resource: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/old',
      context: { 'aws:ResourceTag/tender:cluster': 'demo' },
    },
  ]);
});

test('a terminated instance gets connections until the health checks have found out', async () => {
  const { world, fleet, elb, instance, Instances } = await balanced();
  await elb('ConfigureHealthCheck', {
    HealthCheck: { Target: 'TCP:6443', Interval: 60, Timeout: 5, HealthyThreshold: 2, UnhealthyThreshold: 2 },
  });
  await elb('RegisterInstancesWithLoadBalancer', { Instances });
  await world.advance(120_000);

  fleet.instances.terminate(instance);

  await world.advance(59_000);
  expect(instance.state).toBe('terminated');
  expect(fleet.classic.route('old', 443)).toMatchObject({ instanceId: instance.instanceId, answered: false });
  await world.advance(61_000);
  expect(fleet.classic.route('old', 443)).toBeUndefined();
});

test.each([
  ['without connection draining', false, 0],
  ['with it when its time is over', true, 60_000],
] as const)('connections are closed at deregistration %s', async (_, Enabled, after) => {
  const { world, fleet, elb, instance, Instances } = await balanced();
  await elb('ModifyLoadBalancerAttributes', {
    LoadBalancerAttributes: { ConnectionDraining: { Enabled, Timeout: 60 } },
  });
  await elb('RegisterInstancesWithLoadBalancer', { Instances });
  await world.advance(60_000);
  const cuts: object[] = [];
  fleet.classic.onConnectionsCut((cut) => cuts.push({ ...cut, afterMs: world.now() - deregisteredAt }));

  const deregisteredAt = world.now();
  await elb('DeregisterInstancesFromLoadBalancer', { Instances });
  await world.advance(120_000);

  expect(cuts).toEqual([{ name: 'old', instanceId: instance.instanceId, afterMs: after }]);
});

test('a terminated instance leaves by itself', async () => {
  const { world, fleet, elb, instance, Instances, health } = await balanced();
  await elb('RegisterInstancesWithLoadBalancer', { Instances });
  fleet.instances.terminate(instance);

  await world.advance(120_000);

  expect(await health()).toBeUndefined();
});
