import { expect, test } from 'vitest';
import { autoScalingService } from '../../../../simulator/autoscaling/service.ts';
import {
  buildFleet,
  call,
  createGroup,
  hook,
  LAUNCHING,
  TERMINATING,
  untilState,
} from '../../../support/fleet-builder.ts';

function warmGroup(hooks = [hook('join', LAUNCHING), hook('leave', TERMINATING)], pool: object = {}) {
  const built = buildFleet();
  const group = createGroup(built, { MaxSize: 3, LifecycleHookSpecificationList: hooks });
  built.fleet.groups.putWarmPool({ AutoScalingGroupName: 'workers', MaxGroupPreparedCapacity: 1, ...pool });
  const complete = (instanceId: string, name = 'join') =>
    built.fleet.groups.scaling.actions.complete(group, name, 'CONTINUE', undefined, instanceId);
  const way = (nth: number) => {
    const event = built.events.filter((e) => e.detailType.endsWith('Lifecycle Action'))[nth];
    return [event?.detailType, event?.detail.Origin, event?.detail.Destination];
  };
  return { built, group, complete, way };
}

test('an instance warms behind its hook, is stopped, and serves later through the hook again', async () => {
  const { built, group, complete, way } = warmGroup();

  const [member] = await untilState(built, group, 'Warmed:Pending:Wait');
  if (!member) throw new Error('no member');
  complete(member.instanceId);
  await untilState(built, group, 'Warmed:Stopped');
  expect(built.fleet.instances.visible(member.instanceId).state).toBe('stopped');
  built.fleet.groups.setDesired('workers', 1);
  await untilState(built, group, 'Pending:Wait');
  complete(member.instanceId);
  await untilState(built, group, 'InService');

  expect([...group.members.keys()]).toEqual([member.instanceId]);
  expect(way(0)).toEqual(['EC2 Instance-launch Lifecycle Action', 'EC2', 'WarmPool']);
  expect(way(1)).toEqual(['EC2 Instance-launch Lifecycle Action', 'WarmPool', 'AutoScalingGroup']);
});

test('a running pool keeps its instances running, and they are not counted as instances of the group', async () => {
  const { built, group } = warmGroup([], { PoolState: 'Running' });
  const service = autoScalingService(built.fleet.groups);

  const [member] = await untilState(built, group, 'Warmed:Running');

  expect(built.fleet.instances.visible(member?.instanceId ?? '').state).toBe('running');
  expect(await call(built, service, 'DescribeAutoScalingGroups', {})).toMatchObject({
    AutoScalingGroups: [{ Instances: [], WarmPoolSize: 1, WarmPoolConfiguration: { PoolState: 'Running' } }],
  });
  expect(await call(built, service, 'DescribeWarmPool', { AutoScalingGroupName: 'workers' })).toMatchObject({
    Instances: [{ InstanceId: member?.instanceId, LifecycleState: 'Warmed:Running' }],
  });
});

test('with reuse an instance returns to the pool on scale-in, through the terminate hook', async () => {
  const { built, group, complete, way } = warmGroup([hook('leave', TERMINATING)], {
    InstanceReusePolicy: { ReuseOnScaleIn: true },
  });
  const [member] = await untilState(built, group, 'Warmed:Stopped');
  if (!member) throw new Error('no member');
  built.fleet.groups.setDesired('workers', 1);
  await untilState(built, group, 'InService');

  built.fleet.groups.setDesired('workers', 0);
  await untilState(built, group, 'Warmed:Pending:Wait');
  complete(member.instanceId, 'leave');
  await untilState(built, group, 'Warmed:Stopped');

  expect([...group.members.keys()]).toEqual([member.instanceId]);
  expect(way(0)).toEqual(['EC2 Instance-terminate Lifecycle Action', 'AutoScalingGroup', 'WarmPool']);
});

test('deleting the pool terminates its instances through the hook, out of the pool', async () => {
  const { built, group, complete, way } = warmGroup([hook('leave', TERMINATING)]);
  const [member] = await untilState(built, group, 'Warmed:Stopped');

  expect(() => built.fleet.groups.deleteWarmPool('workers', false)).toThrow(
    expect.objectContaining({ code: 'ResourceInUse' }),
  );
  built.fleet.groups.deleteWarmPool('workers', true);
  await untilState(built, group, 'Warmed:Terminating:Wait');
  complete(member?.instanceId ?? '', 'leave');
  await built.world.until('the pool is gone', () => group.warmPool === undefined);

  expect(group.members.size).toBe(0);
  expect(way(0)).toEqual(['EC2 Instance-terminate Lifecycle Action', 'WarmPool', 'EC2']);
});

test('a pooled instance that somebody terminates is not taken, and is replaced in the pool', async () => {
  const { built, group } = warmGroup([]);
  const [member] = await untilState(built, group, 'Warmed:Stopped');
  const id = member?.instanceId ?? '';

  built.fleet.instances.terminate(built.fleet.instances.visible(id));
  built.fleet.groups.setDesired('workers', 1);
  const [serving] = await untilState(built, group, 'InService');
  built.fleet.groups.setDesired('workers', 0);
  const [pooled] = await untilState(built, group, 'Warmed:Stopped');

  expect(serving?.instanceId).not.toBe(id);
  expect(pooled?.instanceId).not.toBe(id);
});
