import { expect, test } from 'vitest';
import { buildFleet, createGroup, hook, LAUNCHING, untilState } from '../../../support/fleet-builder.ts';

test('an instance launches, waits for its hook, is completed, serves, and its load balancer calls it healthy', async () => {
  const built = buildFleet();
  const { fleet, world, events } = built;
  const targets = fleet.loadBalancing.createTargetGroup({ Name: 'workers', Protocol: 'TCP', Port: 80 });
  const balancer = fleet.loadBalancing.createLoadBalancer('front', {
    type: 'network',
    scheme: 'internal',
    vpcId: built.subnets[0]?.vpcId ?? '',
    zones: new Map(built.subnets.map((s) => [s.availabilityZone, s.subnetId])),
    securityGroups: [],
    tags: new Map(),
  });
  fleet.loadBalancing.createListener(balancer, 80, 'TCP', [{ Type: 'forward', TargetGroupArn: targets.arn }]);
  const group = createGroup(built, {
    TargetGroupARNs: [targets.arn],
    LifecycleHookSpecificationList: [hook('join', LAUNCHING)],
  });

  fleet.groups.setDesired('workers', 1);
  const [member] = await untilState(built, group, 'Pending:Wait');
  const event = events.find((e) => e.detailType === 'EC2 Instance-launch Lifecycle Action');
  expect(targets.targets.size).toBe(0);
  fleet.groups.scaling.actions.complete(group, 'join', 'CONTINUE', event?.detail.LifecycleActionToken as string);
  await untilState(built, group, 'InService');
  const inServiceAt = world.now();
  await world.until('healthy', () => fleet.loadBalancing.route(balancer.arn, 80)?.answered === true);
  await world.until('the target is healthy', () => [...targets.targets.values()][0]?.verdict === 'healthy');

  expect(event?.resources).toEqual([group.arn]);
  expect(event?.detail.EC2InstanceId).toBe(member?.instanceId);
  expect(world.now() - inServiceAt).toBeGreaterThanOrEqual(30_000);
  expect(world.now() - inServiceAt).toBeLessThanOrEqual(180_000);
});
