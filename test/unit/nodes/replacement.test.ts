import { beforeEach, describe, expect, it } from 'vitest';
import { checkReplacement } from '../../../src/nodes/check-replacement.ts';
import { launchReplacement } from '../../../src/nodes/launch-replacement.ts';
import { terminateInstance } from '../../../src/nodes/terminate-instance.ts';
import { withdrawReplacement } from '../../../src/nodes/withdraw-replacement.ts';
import { groupName, instanceId } from '../../support/nodes/healthy.ts';
import { interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';
import { FakeRetirement } from '../../support/nodes/retiring.ts';

let world: FakeRetirement;
const target = { cluster: 'demo', instanceId, groupName };
beforeEach(() => {
  world = new FakeRetirement();
});

const launch = () => launchReplacement(target, world);
const withdraw = () => withdrawReplacement(target, world);
const terminate = (shrink: boolean) =>
  terminateInstance({ ...target, shrink }, { ...world.ports, surges: world.surges });
const capacity = () => world.group?.desiredCapacity;

describe('a replacement', () => {
  it('is launched by one more desired instance, and awaited', async () => {
    expect(await launch()).toEqual({ launched: true, why: '', inServiceWanted: 4 });
    expect(capacity()).toBe(4);
    const wanted = { groupName, inServiceWanted: 4 };
    expect(await checkReplacement(wanted, world.retiring)).toMatchObject({
      arrived: false,
      why: '3 of 4 instances are in service',
    });
    world.set({ inService: ['a', 'b', 'c', 'd'] });
    expect(await checkReplacement(wanted, world.retiring)).toMatchObject({ arrived: true });
  });

  it('is none in a group at its maximum, and none in one that is gone', async () => {
    world.set({ maxSize: 3 });
    expect(await launch()).toMatchObject({ launched: false, why: expect.stringContaining('maximum of 3') });
    world.groups.clear();
    expect(await launch()).toMatchObject({ launched: false, why: expect.stringContaining('gone') });
    expect(await checkReplacement({ groupName, inServiceWanted: 4 }, world.retiring)).toMatchObject({ arrived: true });
    expect(world.surged.size).toBe(0);
  });

  it('is launched once, wherever the step dies and is repeated, and taken back to where it was', async () => {
    const calls = await killedAtEveryCall({
      prepare: () => {
        world = new FakeRetirement();
      },
      run: (fuse) =>
        launchReplacement(target, {
          retiring: interruptible(world.retiring, fuse),
          surges: interruptible(world.surges, fuse),
        }),
      assess: ({ inServiceWanted }, died) => expect([died, inServiceWanted, capacity()]).toEqual([died, 4, 4]),
    });
    expect(calls).toBe(4);
  });

  it('is withdrawn by the capacity of before, in the group that was raised, once', async () => {
    await launch();
    expect(await withdrawReplacement({ cluster: 'demo', instanceId }, world)).toEqual({ withdrawn: true });
    expect(await withdraw()).toEqual({ withdrawn: false });
    expect([capacity(), world.surged.size]).toEqual([3, 0]);
  });

  it('is not withdrawn from a capacity that somebody has changed meanwhile', async () => {
    await launch();
    world.set({ desiredCapacity: 2 });
    expect(await withdraw()).toEqual({ withdrawn: false });
    expect([capacity(), world.surged.size]).toEqual([2, 0]);
  });
});

describe('terminating a drained instance', () => {
  it('keeps the capacity, so that a replacement comes', async () => {
    expect(await terminate(false)).toEqual({ outcome: 'terminating' });
    expect([world.terminated, capacity()]).toEqual([[[instanceId, false]], 3]);
  });

  it('shrinks a group whose replacement is there already', async () => {
    await launch();
    expect(await terminate(true)).toEqual({ outcome: 'terminating' });
    expect([capacity(), world.surged.size]).toEqual([3, 0]);
  });

  it.each(['Terminating', 'Terminating:Wait', 'Detaching', undefined])('leaves one that is %s to it', async (state) => {
    world.in(state);
    expect(await terminate(false)).toEqual({ outcome: 'leaving' });
    expect(world.terminated).toEqual([]);
  });

  it('terminates one that was retained', async () => {
    world.in('Terminating:Retained');
    expect(await terminate(false)).toEqual({ outcome: 'terminating' });
  });

  it('takes the raised capacity back when the instance went by itself: its group replaces it anyway', async () => {
    await launch();
    world.in(undefined);
    expect(await terminate(true)).toEqual({ outcome: 'leaving' });
    expect([capacity(), world.surged.size]).toEqual([3, 0]);
  });

  it('shrinks once, wherever the step dies and is repeated', async () => {
    await killedAtEveryCall({
      prepare: () => {
        world = new FakeRetirement().set({ desiredCapacity: 4 });
        world.surged.set(`demo/${instanceId}`, { groupName, desiredBefore: 3 });
      },
      run: (fuse) =>
        terminateInstance(
          { ...target, shrink: true },
          {
            groups: interruptible(world.ports.groups, fuse),
            retiring: interruptible(world.retiring, fuse),
            surges: interruptible(world.surges, fuse),
          },
        ),
      assess: (_, died) => expect([died, capacity(), world.surged.size]).toEqual([died, 3, 0]),
    });
  });
});
