import { beforeEach, describe, expect, it } from 'vitest';
import { withdrawReplacement } from '../../../src/nodes/withdraw-replacement.ts';
import { anInstance, groupName, instanceId, later, noon } from '../../support/nodes/healthy.ts';
import { interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';
import { FakeRetirement } from '../../support/nodes/retiring.ts';

let world: FakeRetirement;
beforeEach(() => {
  world = new FakeRetirement();
});

const surged = { groupName, desiredBefore: 3, instanceId, surgedAt: noon.toISOString() };
const withdraw = (changes: Partial<typeof surged> = {}) =>
  withdrawReplacement({ ...surged, ...changes }, { retiring: world.retiring, instances: world.aws.instances });
const capacity = () => world.group?.desiredCapacity;

/** Members by id: where each stands, and how many seconds after the surge it was launched. */
function has(members: Readonly<Record<string, readonly [state: string, launchedAfter: number]>>): void {
  world.set({ desiredCapacity: 4 });
  world.members = Object.entries(members).map(([id, [lifecycleState]]) => ({ instanceId: id, lifecycleState }));
  for (const [id, [, seconds]] of Object.entries(members)) {
    const launchedAt = later(seconds).toISOString();
    world.aws.state.instances.set(id, anInstance({ instanceId: id, launchedAt }));
  }
}
const old = {
  'i-old-1': ['InService', -9000],
  'i-old-2': ['InService', -8000],
  [instanceId]: ['InService', -9999],
} as const;

describe('what was launched for a retirement that does not take place', () => {
  it.each<readonly [string, Parameters<typeof has>[0], string]>([
    ['is in service', { ...old, 'i-new': ['InService', 40] }, 'i-new'],
    ['waits at its launch hook', { ...old, 'i-new': ['Pending:Wait', 40] }, 'i-new'],
    ['was launched in the second in which the surge was noted', { ...old, 'i-new': ['InService', 0] }, 'i-new'],
    [
      'serves, with another that does not yet',
      { ...old, 'i-new': ['InService', 90], 'i-slow': ['Pending', 40] },
      'i-slow',
    ],
    ['is the youngest of two', { ...old, 'i-first': ['InService', 40], 'i-new': ['InService', 400] }, 'i-new'],
    [
      'is there beside one that leaves',
      { ...old, 'i-new': ['InService', 40], 'i-bad': ['Terminating:Wait', 50] },
      'i-new',
    ],
  ])('goes, and no node that served before: one that %s', async (_what, members, goes) => {
    has(members);
    expect(await withdraw()).toEqual({ withdrawn: true, why: `${goes} was launched for it, and goes` });
    expect([world.terminated, capacity()]).toEqual([[[goes, true]], 3]);
  });

  it('is not launched any more where nobody has come yet', async () => {
    has(old);
    expect(await withdraw()).toMatchObject({ withdrawn: true, why: expect.stringMatching(/has launched nobody/) });
    expect([world.terminated, capacity()]).toEqual([[], 3]);
  });

  it('stays in the place of the one that it was launched for when that one leaves, and is said to', async () => {
    has({ ...old, 'i-new': ['InService', 40], [instanceId]: ['Terminating:Wait', -9999] });
    const why = `i-new was launched for it, and stays: group ${groupName} has no more than it is to have`;
    expect(await withdraw()).toEqual({ withdrawn: true, why });
    expect([world.terminated, capacity()]).toEqual([[], 3]);
  });

  it('is not said to be nobody where nobody knows who came for the one that leaves', async () => {
    has({ ...old, 'i-new': ['InService', 40], [instanceId]: ['Terminating:Wait', -9999] });
    const why = `${instanceId} leaves, and without it group ${groupName} has no more than it is to have`;
    expect(await withdraw({ surgedAt: '' })).toEqual({ withdrawn: true, why });
  });

  it.each<readonly [string, Partial<typeof surged>, Parameters<typeof has>[0]]>([
    ['nobody knows since when', { surgedAt: '' }, { ...old, 'i-new': ['InService', 40] }],
    ['all were there before', {}, { ...old, 'i-old-3': ['InService', -7000] }],
    [
      'the only younger one is what was to go',
      {},
      { ...old, 'i-old-3': ['InService', -7000], [instanceId]: ['InService', 9] },
    ],
  ])('is left to Auto Scaling, and said so, where %s', async (_what, changes, members) => {
    has(members);
    expect(await withdraw(changes)).toEqual({
      withdrawn: true,
      why: 'nobody can say which instance was launched for it: Auto Scaling chooses which one goes',
    });
    expect([world.terminated, capacity()]).toEqual([[], 3]);
  });

  it('is left to Auto Scaling where EC2 does not know who is young', async () => {
    has({ ...old, 'i-new': ['InService', 40] });
    world.aws.state.instances.delete('i-new');
    expect((await withdraw()).why).toMatch(/Auto Scaling chooses/);
    expect(world.terminated).toEqual([]);
  });

  it('is taken by the capacity where the group lets none go in that state', async () => {
    has({ ...old, 'i-new': ['Pending', 40] });
    const retiring = { ...world.retiring, terminate: async () => 'leaving' as const };
    const answer = await withdrawReplacement(surged, { retiring, instances: world.aws.instances });
    const why = 'i-new was launched for it, and its group does not let it go yet: Auto Scaling chooses which one goes';
    expect([answer, capacity()]).toEqual([{ withdrawn: true, why }, 3]);
  });

  it('is named where it leaves by itself, and the capacity with it', async () => {
    has({ ...old, 'i-new': ['InService', 40] });
    const terminate = async () => {
      world.set({ desiredCapacity: 3 });
      return 'leaving' as const;
    };
    const answer = await withdrawReplacement(surged, {
      retiring: { ...world.retiring, terminate },
      instances: world.aws.instances,
    });
    expect(answer).toEqual({ withdrawn: false, why: 'i-new was launched for it, and leaves already' });
  });

  it.each([2, 3, 5])('stays where somebody has set the capacity to %i meanwhile', async (desiredCapacity) => {
    has({ ...old, 'i-new': ['InService', 40] });
    world.set({ desiredCapacity });
    const why = `group ${groupName} wants ${desiredCapacity} instances, and is left so`;
    expect(await withdraw()).toEqual({ withdrawn: false, why });
    expect([world.terminated, capacity()]).toEqual([[], desiredCapacity]);
  });

  it('stays where the minimum is as high by now', async () => {
    has({ ...old, 'i-new': ['InService', 40] });
    world.minSize = 4;
    expect(await withdraw()).toMatchObject({ withdrawn: false, why: expect.stringMatching(/minimum of 4/) });
    expect([world.terminated, capacity()]).toEqual([[], 4]);
  });

  it('is nobody in a group that is gone', async () => {
    world.groups.clear();
    expect(await withdraw()).toMatchObject({ withdrawn: false });
  });

  it('goes once, wherever the step dies and is repeated', async () => {
    await killedAtEveryCall({
      prepare: () => {
        world = new FakeRetirement();
        has({ ...old, 'i-new': ['InService', 40] });
      },
      run: (fuse) =>
        withdrawReplacement(surged, {
          retiring: interruptible(world.retiring, fuse),
          instances: interruptible(world.aws.instances, fuse),
        }),
      assess: (_, died) => expect([died, world.terminated, capacity()]).toEqual([died, [['i-new', true]], 3]),
    });
  });
});
