import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  PutLifecycleHookCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client, GetConsoleOutputCommand } from '@aws-sdk/client-ec2';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  DescribeInstanceHealthCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { awsWorld } from '../../../support/aws-world.ts';
import { buildFleet, createGroup, LAUNCHING, untilState } from '../../../support/fleet-builder.ts';

function fleetOnTheWire() {
  const cloud = awsWorld();
  const built = buildFleet({ world: cloud.world });
  for (const service of built.fleet.services) cloud.dispatcher.register(service);
  return { cloud, built };
}

test('the SDKs lead an instance through its hook, and read it back', async () => {
  const { cloud, built } = fleetOnTheWire();
  const group = createGroup(built);
  const autoScaling = new AutoScalingClient(cloud.client);
  const ec2 = new EC2Client(cloud.client);
  const AutoScalingGroupName = 'workers';

  await autoScaling.send(
    new PutLifecycleHookCommand({ AutoScalingGroupName, LifecycleHookName: 'join', LifecycleTransition: LAUNCHING }),
  );
  await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 1 }));
  const [member] = await untilState(built, group, 'Pending:Wait');
  const InstanceId = member?.instanceId ?? '';
  const { Activities } = await autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName }));
  const done = { AutoScalingGroupName, LifecycleHookName: 'join', LifecycleActionResult: 'CONTINUE', InstanceId };
  await autoScaling.send(new CompleteLifecycleActionCommand(done));
  await expect(autoScaling.send(new CompleteLifecycleActionCommand(done))).rejects.toMatchObject({
    name: 'ValidationError',
    message: `No active Lifecycle Action found with instance ID ${InstanceId}`,
  });
  await untilState(built, group, 'InService');
  await cloud.world.advance(30_000);
  const groups = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
  const instances = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  const console = await ec2.send(new GetConsoleOutputCommand({ InstanceId }));

  expect(Activities).toMatchObject([{ StatusCode: 'MidLifecycleAction', Progress: 40, StartTime: expect.any(Date) }]);
  expect(groups.AutoScalingGroups).toMatchObject([
    { AutoScalingGroupARN: group.arn, DesiredCapacity: 1, Instances: [{ InstanceId, LifecycleState: 'InService' }] },
  ]);
  expect(instances.Reservations?.[0]?.Instances?.[0]).toMatchObject({
    InstanceId,
    State: { Name: 'running' },
    PrivateIpAddress: '10.0.0.4',
    NetworkInterfaces: [{ PrivateIpAddresses: [{ Primary: true }] }],
  });
  expect(Buffer.from(console.Output ?? '', 'base64').toString()).toContain('Linux version');
});

test('both load balancing SDKs reach their own service, whose operations share names', async () => {
  const { cloud, built } = fleetOnTheWire();
  const instance = built.fleet.instances.run({
    imageId: 'ami-0aaaaaaaaaaaaaaaa',
    instanceType: 'm7g.large',
    subnetId: built.subnets[0]?.subnetId ?? '',
  });
  await built.world.until('it answers', () => instance.machine.answers(80));
  const InstanceId = instance.instanceId;
  const v1 = new ElasticLoadBalancingClient(cloud.client);
  const v2 = new ElasticLoadBalancingV2Client(cloud.client);

  await v1.send(
    new CreateClassicCommand({
      LoadBalancerName: 'old',
      Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
      AvailabilityZones: ['us-east-1a'],
    }),
  );
  await v1.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: 'old', Instances: [{ InstanceId }] }));
  const created = await v2.send(new CreateTargetGroupCommand({ Name: 'new', Protocol: 'TCP', Port: 80 }));
  const TargetGroupArn = created.TargetGroups?.[0]?.TargetGroupArn;
  await v2.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: InstanceId }] }));

  const classic = await v1.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'old' }));
  const health = await v2.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  expect(classic.InstanceStates).toMatchObject([{ InstanceId, State: 'OutOfService', ReasonCode: 'ELB' }]);
  expect(health.TargetHealthDescriptions).toMatchObject([
    { Target: { Id: InstanceId, Port: 80 }, TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } },
  ]);
  await expect(
    v2.send(new DescribeTargetHealthCommand({ TargetGroupArn: `${TargetGroupArn}x` })),
  ).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
});

test('a role is held to the tags of the group that it completes an action of', async () => {
  const { cloud, built } = fleetOnTheWire();
  const Tags = (value: string) => [{ Key: 'tender:cluster', Value: value }];
  for (const name of ['mine', 'theirs']) createGroup(built, { AutoScalingGroupName: name, Tags: Tags(name) });
  const client = new AutoScalingClient(
    cloud.clientOf('finisher', [
      {
        Effect: 'Allow',
        Action: 'autoscaling:CompleteLifecycleAction',
        Resource: '*',
        Condition: { StringEquals: { 'autoscaling:ResourceTag/tender:cluster': 'mine' } },
      },
    ]),
  );
  const complete = (AutoScalingGroupName: string) =>
    client.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName,
        LifecycleHookName: 'join',
        LifecycleActionResult: 'CONTINUE',
        InstanceId: 'i-00000000000000000',
      }),
    );

  await expect(complete('mine')).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(complete('theirs')).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
});
