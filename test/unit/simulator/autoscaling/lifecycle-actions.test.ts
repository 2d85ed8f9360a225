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

const launchEvents = (built: ReturnType<typeof buildFleet>) =>
  built.events.filter((e) => e.detailType === 'EC2 Instance-launch Lifecycle Action');

async function waiting(hooks = [hook('join', LAUNCHING)], settings: object = {}) {
  const built = buildFleet();
  const group = createGroup(built, { DesiredCapacity: 1, LifecycleHookSpecificationList: hooks, ...settings });
  const [member] = await untilState(built, group, 'Pending:Wait');
  if (!member) throw new Error('no member');
  return {
    built,
    group,
    member,
    actions: built.fleet.groups.scaling.actions,
    service: autoScalingService(built.fleet.groups),
  };
}

test('the launch event has the fields that were recorded, and NotificationMetadata only when the hook has some', async () => {
  const plain = await waiting();
  const told = await waiting([hook('join', LAUNCHING, { NotificationMetadata: 'blue' })]);

  expect(Object.keys(launchEvents(plain.built)[0]?.detail ?? {})).toEqual([
    'LifecycleActionToken',
    'AutoScalingGroupName',
    'LifecycleHookName',
    'EC2InstanceId',
    'LifecycleTransition',
    'Origin',
    'Destination',
    'Action',
  ]);
  expect(launchEvents(plain.built)[0]?.detail).toMatchObject({
    Origin: 'EC2',
    Destination: 'AutoScalingGroup',
    Action: 'Launch',
  });
  expect(launchEvents(told.built)[0]?.detail.NotificationMetadata).toBe('blue');
  expect(plain.group.arn).toMatch(
    /^arn:aws:autoscaling:us-east-1:111111111111:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName\/workers$/,
  );
});

test('the instance runs before it waits, and the launch follows the change of capacity by five to ten seconds', async () => {
  const { built, group, member } = await waiting();

  const launch = group.activities[0];
  expect(built.fleet.instances.visible(member.instanceId).state).toBe('running');
  expect((launch?.startTime.getTime() ?? 0) - group.createdAt.getTime()).toBeGreaterThanOrEqual(5_000);
  expect((launch?.startTime.getTime() ?? 0) - group.createdAt.getTime()).toBeLessThanOrEqual(10_000);
});

test('a hook that nobody completes ends with its default result when its timeout passes', async () => {
  const abandons = await waiting([hook('join', LAUNCHING, { HeartbeatTimeout: 60 })]);
  const continues = await waiting([hook('join', LAUNCHING, { HeartbeatTimeout: 60, DefaultResult: 'CONTINUE' })]);

  await abandons.built.world.advance(59_000);
  expect(abandons.member.state).toBe('Pending:Wait');
  await abandons.built.world.advance(1_001);
  await continues.built.world.advance(63_000);

  expect(abandons.member.state).toMatch(/^Terminat/);
  expect(abandons.group.activities.find((a) => a.description.startsWith('Launching'))).toMatchObject({
    statusCode: 'Cancelled',
    statusMessage: expect.stringMatching(
      /^Instance failed to complete user's Lifecycle Action: Lifecycle Action with token \S+ was abandoned: Heartbeat Timeout$/,
    ),
  });
  expect(continues.member.state).toBe('InService');
});

test('heartbeats keep a hook alive, but not past a hundred timeouts', async () => {
  const { built, group, member, actions } = await waiting([
    hook('join', LAUNCHING, { HeartbeatTimeout: 30, DefaultResult: 'CONTINUE' }),
  ]);
  const startedAt = built.world.now();

  for (let i = 0; i < 149; i += 1) {
    await built.world.advance(20_000);
    actions.heartbeat(group, 'join', undefined, member.instanceId);
  }
  expect(member.state).toBe('Pending:Wait');
  await built.world.until('the hook is over', () => member.state !== 'Pending:Wait');

  expect(built.world.now() - startedAt).toBe(3_000_000);
  expect(() => actions.heartbeat(group, 'join', undefined, member.instanceId)).toThrow(
    `No active Lifecycle Action found with instance ID ${member.instanceId}`,
  );
});

test('DescribeLifecycleHooks tells the global timeout: a hundred timeouts, at most 48 hours', async () => {
  const { built, service } = await waiting([
    hook('short', LAUNCHING),
    hook('long', TERMINATING, { HeartbeatTimeout: 7200 }),
  ]);

  const { LifecycleHooks } = await call(built, service, 'DescribeLifecycleHooks', { AutoScalingGroupName: 'workers' });

  expect(LifecycleHooks).toMatchObject([
    { LifecycleHookName: 'short', HeartbeatTimeout: 300, GlobalTimeout: 30_000, DefaultResult: 'ABANDON' },
    { LifecycleHookName: 'long', HeartbeatTimeout: 7200, GlobalTimeout: 172_800 },
  ]);
});

test('with several hooks each has its own token and all must continue', async () => {
  const { built, group, member, actions } = await waiting([hook('join', LAUNCHING), hook('scan', LAUNCHING)]);
  const tokens = launchEvents(built).map((e) => e.detail.LifecycleActionToken as string);
  expect(new Set(tokens).size).toBe(2);

  actions.complete(group, 'join', 'CONTINUE', tokens[0]);
  await built.world.advance(60_000);
  expect(member.state).toBe('Pending:Wait');
  actions.complete(group, 'scan', 'CONTINUE', tokens[1]);
  await built.world.advance(5_000);

  expect(member.state).toBe('InService');
});

test('one ABANDON ends the other hooks, terminates the instance and launches another', async () => {
  const { built, group, member, actions } = await waiting([hook('join', LAUNCHING), hook('scan', LAUNCHING)]);

  actions.complete(group, 'join', 'ABANDON', undefined, member.instanceId);

  expect(() => actions.complete(group, 'scan', 'CONTINUE', undefined, member.instanceId)).toThrow(
    'No active Lifecycle Action found',
  );
  await built.world.until('it is gone', () => !group.members.has(member.instanceId));
  const [replacement] = await untilState(built, group, 'Pending:Wait');
  expect(replacement?.instanceId).not.toBe(member.instanceId);
  expect(built.events.some((e) => e.detailType === 'EC2 Instance Launch Unsuccessful')).toBe(true);
});

test('completing twice, or with a foreign token, is a ValidationError that names what was asked for', async () => {
  const { group, member, actions } = await waiting();
  actions.complete(group, 'join', 'CONTINUE', undefined, member.instanceId);

  const again = () => actions.complete(group, 'join', 'CONTINUE', undefined, member.instanceId);
  const foreign = () => actions.complete(group, 'join', 'CONTINUE', 'f00');

  expect(again).toThrow(
    expect.objectContaining({
      code: 'ValidationError',
      message: `No active Lifecycle Action found with instance ID ${member.instanceId}`,
    }),
  );
  expect(foreign).toThrow(
    expect.objectContaining({ code: 'ValidationError', message: 'No active Lifecycle Action found with token f00' }),
  );
});

test('while a hook waits the activity is MidLifecycleAction at 40 percent', async () => {
  const { built, service } = await waiting();

  const { Activities } = await call(built, service, 'DescribeScalingActivities', { AutoScalingGroupName: 'workers' });

  expect(Activities).toMatchObject([{ StatusCode: 'MidLifecycleAction', Progress: 40 }]);
});

test('a hook with a notification target gets a test message, then the raw body', async () => {
  const built = buildFleet();
  const group = createGroup(built);
  built.fleet.groups.putHook(
    'workers',
    hook('join', LAUNCHING, { NotificationTargetARN: 'arn:aws:sqs:us-east-1:111111111111:q' }),
  );
  built.fleet.groups.setDesired('workers', 1);
  await untilState(built, group, 'Pending:Wait');

  expect(built.notes.map((note) => note.body)).toMatchObject([
    { Event: 'autoscaling:TEST_NOTIFICATION', AutoScalingGroupName: 'workers', AutoScalingGroupARN: group.arn },
    {
      Service: 'AWS Auto Scaling',
      AccountId: '111111111111',
      AutoScalingGroupName: 'workers',
      LifecycleHookName: 'join',
      LifecycleTransition: LAUNCHING,
      Origin: 'EC2',
      Destination: 'AutoScalingGroup',
    },
  ]);
  expect(built.notes[1]?.body).not.toHaveProperty('Action');
});

test('deleting a hook ends what waits for it: a launch is abandoned, a termination goes on', async () => {
  const launch = await waiting();
  launch.built.fleet.groups.deleteHook('workers', 'join');
  expect(launch.member.state).toBe('Terminating:Proceed');

  const leave = await waiting([hook('join', LAUNCHING), hook('leave', TERMINATING)]);
  leave.actions.complete(leave.group, 'join', 'CONTINUE', undefined, leave.member.instanceId);
  await untilState(leave.built, leave.group, 'InService');
  leave.built.fleet.groups.setDesired('workers', 0);
  await untilState(leave.built, leave.group, 'Terminating:Wait');
  leave.built.fleet.groups.deleteHook('workers', 'leave');
  expect(leave.member.state).toBe('Terminating:Proceed');
});

test('an abandoned termination still terminates, unless the group retains such instances', async () => {
  const plain = await leaving({});
  const retaining = await leaving({
    InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } },
  });

  for (const { built, group, member } of [plain, retaining]) {
    built.fleet.groups.scaling.actions.complete(group, 'leave', 'ABANDON', undefined, member.instanceId);
    await built.world.advance(120_000);
  }

  expect(plain.group.members.size).toBe(0);
  expect(retaining.member.state).toBe('Terminating:Retained');
  expect(retaining.built.fleet.instances.visible(retaining.member.instanceId).state).toBe('running');
  expect(retaining.group.activities[0]?.statusCode).toBe('Cancelled');
  retaining.built.fleet.groups.terminateInstance(retaining.member.instanceId, false);
  expect(inState(retaining.group, 'Terminating:Wait')).toHaveLength(1);
});

async function leaving(settings: object) {
  const built = buildFleet();
  const group = createGroup(built, {
    DesiredCapacity: 1,
    LifecycleHookSpecificationList: [hook('leave', TERMINATING)],
    ...settings,
  });
  const [member] = await untilState(built, group, 'InService');
  if (!member) throw new Error('no member');
  built.fleet.groups.setDesired('workers', 0);
  await untilState(built, group, 'Terminating:Wait');
  return { built, group, member };
}

test('the terminate event says where the instance comes from and goes to', async () => {
  const { built } = await leaving({});

  const event = built.events.find((e) => e.detailType === 'EC2 Instance-terminate Lifecycle Action');

  expect(event?.detail).toMatchObject({
    Origin: 'AutoScalingGroup',
    Destination: 'EC2',
    LifecycleTransition: TERMINATING,
  });
});

test('an abandoned launch leaves through the terminate hook, while its replacement launches already', async () => {
  const { built, group, member, actions } = await waiting([hook('join', LAUNCHING), hook('leave', TERMINATING)]);

  actions.complete(group, 'join', 'ABANDON', undefined, member.instanceId);
  expect(member.state).toBe('Terminating:Wait');
  const [replacement] = await untilState(built, group, 'Pending:Wait');
  actions.complete(group, 'leave', 'CONTINUE', undefined, member.instanceId);
  await built.world.until('it is gone', () => !group.members.has(member.instanceId));

  expect([...group.members.keys()]).toEqual([replacement?.instanceId]);
});
