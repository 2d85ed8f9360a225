import { beforeEach, describe, expect, it } from 'vitest';
import { checkReplacement } from '../../../src/nodes/check-replacement.ts';
import { InstanceDetached } from '../../../src/nodes/errors.ts';
import { launchReplacement } from '../../../src/nodes/launch-replacement.ts';
import { terminateInstance } from '../../../src/nodes/terminate-instance.ts';
import { groupName, instanceId } from '../../support/nodes/healthy.ts';
import { interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';
import { FakeRetirement } from '../../support/nodes/retiring.ts';

let world: FakeRetirement;
const before = { groupName, desiredBefore: 3 };
beforeEach(() => {
  world = new FakeRetirement();
});

const owner = 'arn:aws:states:eu-central-1:111111111111:execution:tender-node-retire:one';
const input = { instanceId, owner, voluntary: true };
const terminate = (shrink: boolean, atLeast = 0, voluntary = true) =>
  terminateInstance({ ...input, voluntary, shrink, atLeast }, world.ports);
const capacity = () => world.group?.desiredCapacity;

describe('a replacement', () => {
  it('is launched by one more desired instance, and awaited', async () => {
    expect(await launchReplacement(before, world.retiring)).toEqual({ inServiceWanted: 4 });
    expect(capacity()).toBe(4);
    const wanted = { groupName, inServiceWanted: 4 };
    expect(await checkReplacement(wanted, world.retiring)).toMatchObject({
      arrived: false,
      why: '3 of 4 instances are in service',
    });
    world.set({ inService: 4 });
    expect(await checkReplacement(wanted, world.retiring)).toMatchObject({ arrived: true });
  });

  it('is nothing to wait for in a group that is gone', async () => {
    world.groups.clear();
    expect(await checkReplacement({ groupName, inServiceWanted: 4 }, world.retiring)).toMatchObject({ arrived: true });
  });

  it('is launched once, wherever the step dies and is repeated, and never lowers what somebody else has raised', async () => {
    await killedAtEveryCall({
      prepare: () => {
        world = new FakeRetirement();
      },
      run: (fuse) => launchReplacement(before, interruptible(world.retiring, fuse)),
      assess: (_, died) => expect([died, capacity()]).toEqual([died, 4]),
    });
    world.set({ desiredCapacity: 5 });
    await launchReplacement(before, world.retiring);
    expect(capacity()).toBe(5);
  });
});

describe('terminating a drained instance', () => {
  it('keeps the capacity, so that a replacement comes', async () => {
    expect(await terminate(false)).toMatchObject({ outcome: 'terminating', shrunk: false });
    expect([world.terminated, capacity()]).toEqual([[[instanceId, false]], 3]);
  });

  it('shrinks no group below what it wanted before, when somebody else has asked for less meanwhile', async () => {
    world.set({ desiredCapacity: 3 });
    expect(await terminate(true, 3)).toMatchObject({ outcome: 'terminating', shrunk: false });
    expect(capacity()).toBe(3);
  });

  it('shrinks a group whose replacement is there already, once', async () => {
    world.set({ desiredCapacity: 4 });
    expect(await terminate(true)).toMatchObject({ outcome: 'terminating', shrunk: true });
    expect(await terminate(true)).toMatchObject({ outcome: 'leaving', shrunk: false });
    expect(capacity()).toBe(3);
  });

  it.each(['Terminating', 'Terminating:Wait', 'Terminated'])('leaves one that is %s to it', async (state) => {
    world.in(state);
    expect(await terminate(false)).toMatchObject({ outcome: 'leaving', shrunk: false });
    expect(world.terminated).toEqual([]);
  });

  it.each(['shutting-down', 'terminated', undefined] as const)(
    'leaves one to it of which EC2 says %s',
    async (state) => {
      world.in(undefined);
      const instance = world.aws.state.instances.get(instanceId);
      if (instance && state) world.aws.state.instances.set(instanceId, { ...instance, state });
      else world.aws.state.instances.delete(instanceId);
      expect(await terminate(false)).toMatchObject({ outcome: 'leaving', shrunk: false });
      expect(world.terminated).toEqual([]);
    },
  );

  it.each(['Detaching', undefined])('does not touch one that runs and has left its group (%s)', async (state) => {
    world.in(state);
    await expect(terminate(false)).rejects.toThrow(new InstanceDetached(instanceId, 'running'));
    expect(world.terminated).toEqual([]);
  });

  it('terminates one that was retained', async () => {
    world.in('Terminating:Retained');
    expect(await terminate(false, 0, false)).toMatchObject({ outcome: 'terminating', shrunk: false });
  });

  it.each([
    ['nobody', 'nobody has its claim by now'],
    ['another', 'another execution has its claim by now'],
  ] as const)('leaves one alone, by choice or not, whose claim has %s', async (holder, why) => {
    world.holder = holder;
    for (const voluntary of [true, false])
      expect(await terminate(true, 0, voluntary)).toMatchObject({
        outcome: 'stays',
        why: expect.stringContaining(why),
      });
    expect(world.terminated).toEqual([]);
  });

  it('leaves one alone that somebody has put into Standby while it was drained, unless it goes anyway', async () => {
    world.in('Standby');
    const why = 'its lifecycle state is Standby by now, not InService';
    expect(await terminate(false)).toEqual({ outcome: 'stays', why, shrunk: false });
    expect(await terminate(false, 0, false)).toMatchObject({ outcome: 'terminating' });
  });

  it('leaves one alone while the andon is on, unless it goes anyway', async () => {
    world.andon = { reason: 'we look at the network', since: '2026-03-01T12:00:00Z', by: 'ann' };
    const why = 'the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network';
    expect(await terminate(false)).toEqual({ outcome: 'stays', why, shrunk: false });
    expect(await terminate(false, 0, false)).toMatchObject({ outcome: 'terminating' });
  });
});
