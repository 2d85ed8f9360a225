import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { cordonNode } from '../../../src/drains/cordon-node.ts';
import { deleteNode } from '../../../src/drains/delete-node.ts';
import { excludeNode } from '../../../src/drains/exclude-node.ts';
import { excludeLabel, marksAnnotation, outOfServiceTaint, ownerAnnotation } from '../../../src/drains/names.ts';
import { returnFromPool } from '../../../src/drains/return-from-pool.ts';
import { taintOutOfService } from '../../../src/drains/taint-out-of-service.ts';
import { undoDrain } from '../../../src/drains/undo-drain.ts';
import { FakeDrainWorld } from '../../support/drains/fake-drain-world.ts';
import { aDrainNode, instanceId, nodeName, owner } from '../../support/drains/healthy.ts';
import { interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

let world: FakeDrainWorld;
const target = { cluster: 'demo', instanceId, nodeName, owner, reason: 'scale-in' };
const other = { providerId: 'aws:///us-east-1a/i-0fedcba9876543210' };
const undo = (by = owner, name = nodeName) =>
  undoDrain({ instanceId, nodeName: name, owner: by, why: 'the time is up' }, world.ports);

beforeEach(() => {
  world = new FakeDrainWorld();
});

describe('excluding a node from load balancers', () => {
  it('puts owner, mark and label on it, and tells', async () => {
    expect(await excludeNode(target, world.ports)).toEqual({ excluded: true });
    expect(world.node).toMatchObject({
      labels: { [excludeLabel]: '' },
      annotations: { [ownerAnnotation]: owner, [marksAnnotation]: 'exclude-from-external-load-balancers' },
    });
    expect(world.reasons).toEqual(['DrainStarted']);
  });

  it('writes and tells nothing the second time', async () => {
    await excludeNode(target, world.ports);
    const before = world.node;
    expect(await excludeNode(target, world.ports)).toEqual({ excluded: true });
    expect([world.node, world.reasons.length]).toEqual([before, 1]);
  });

  it('does not mark the label of somebody else as ours, and keeps its value', async () => {
    world.set({ labels: { [excludeLabel]: 'true' } });
    await excludeNode(target, world.ports);
    expect(world.node?.labels[excludeLabel]).toBe('true');
    expect(world.node?.annotations[marksAnnotation]).toBeUndefined();
  });

  it('takes a dead execution’s marks over', async () => {
    await excludeNode({ ...target, owner: 'dead' }, world.ports);
    await excludeNode(target, world.ports);
    expect(world.node?.annotations).toEqual({
      [ownerAnnotation]: owner,
      [marksAnnotation]: 'exclude-from-external-load-balancers',
    });
  });
});

describe('cordoning a node', () => {
  it('cordons and marks it once', async () => {
    expect(await cordonNode(target, world.ports)).toEqual({ cordoned: true, alreadyCordoned: false });
    expect(await cordonNode(target, world.ports)).toEqual({ cordoned: true, alreadyCordoned: true });
    expect(world.node).toMatchObject({ unschedulable: true, annotations: { [marksAnnotation]: 'cordon' } });
    expect(world.reasons).toEqual(['NodeCordoned']);
  });

  it('leaves a node that somebody else cordoned alone, and says so', async () => {
    world.set({ unschedulable: true });
    expect(await cordonNode(target, world.ports)).toEqual({ cordoned: true, alreadyCordoned: true });
    expect(world.node?.annotations).toEqual({ [ownerAnnotation]: owner });
    await undo();
    expect(world.node?.unschedulable).toBe(true);
  });
});

describe('a node that goes into a warm pool', () => {
  const pooled = { ...target, intoPool: true };
  const back = () => returnFromPool({ instanceId, nodeName }, world.ports);

  it('is marked so, and serves again when it is back, whichever execution has marked it', async () => {
    const before = world.node;
    await excludeNode(pooled, world.ports);
    await cordonNode(pooled, world.ports);
    expect(world.node).toMatchObject({
      unschedulable: true,
      annotations: { [marksAnnotation]: 'cordon,exclude-from-external-load-balancers,warm-pool' },
    });
    await back();
    expect({ ...world.node, resourceVersion: '1' }).toEqual(before);
    expect(world.state.events.at(-1)).toMatchObject({ type: 'Normal', reason: 'DrainUndone' });
    await back();
    expect(world.reasons).toHaveLength(3);
  });

  it('stays cordoned when it is back, where somebody else has cordoned it', async () => {
    world.set({ unschedulable: true });
    await cordonNode(pooled, world.ports);
    expect(world.node?.annotations[marksAnnotation]).toBe('warm-pool');
    await back();
    expect(world.node).toMatchObject({ unschedulable: true, annotations: {} });
  });

  it('is no node that was drained for another reason', async () => {
    await cordonNode(target, world.ports);
    await back();
    expect(world.node?.unschedulable).toBe(true);
  });
});

describe('the out-of-service taint', () => {
  it.each(['stopped', 'terminated'] as const)('goes onto the node of an instance that is %s', async (state) => {
    world.ec2(state);
    expect(await taintOutOfService(target, world.ports)).toEqual({ tainted: true });
    expect(world.node?.taints).toEqual([outOfServiceTaint]);
    expect(world.node?.annotations[marksAnnotation]).toBe('out-of-service');
  });

  it.each(['running', 'stopping', 'shutting-down', 'pending', undefined] as const)(
    'never goes onto one of which EC2 says %s',
    async (state) => {
      world.ec2(state).set({ ready: 'Unknown' });
      expect(await taintOutOfService(target, world.ports)).toEqual({ tainted: false });
      expect(world.node?.taints).toEqual([]);
    },
  );

  it('of somebody else is not ours to take off', async () => {
    world.ec2('stopped').set({ taints: [outOfServiceTaint] });
    expect(await taintOutOfService(target, world.ports)).toEqual({ tainted: true });
    await cordonNode(target, world.ports);
    await undo();
    expect(world.node).toMatchObject({ taints: [outOfServiceTaint], unschedulable: false });
  });
});

describe('a name that is not this instance’s', () => {
  it('is left alone by every step', async () => {
    world.ec2('stopped').set({ ...other, annotations: { [ownerAnnotation]: owner, [marksAnnotation]: 'cordon' } });
    const before = world.node;
    expect(await excludeNode(target, world.ports)).toEqual({ excluded: false });
    expect(await cordonNode(target, world.ports)).toEqual({ cordoned: false, alreadyCordoned: false });
    expect(await taintOutOfService(target, world.ports)).toEqual({ tainted: false });
    expect(await undo()).toEqual({ undone: [] });
    expect(await deleteNode(target, world.ports.nodes)).toEqual({ deleted: false });
    expect([world.node, world.reasons]).toEqual([before, []]);
  });

  it('is fine when its Node is gone', async () => {
    world.state.nodes.clear();
    expect(await excludeNode(target, world.ports)).toEqual({ excluded: false });
    expect(await cordonNode(target, world.ports)).toMatchObject({ cordoned: false });
    expect(await undo()).toEqual({ undone: [] });
    expect(await deleteNode(target, world.ports.nodes)).toEqual({ deleted: false });
  });

  it('was only guessed: every step is for the instance’s own Node', async () => {
    const guessed = { ...target, nodeName: 'guessed' };
    expect(await excludeNode(guessed, world.ports)).toEqual({ excluded: true });
    expect(await cordonNode(guessed, world.ports)).toMatchObject({ cordoned: true });
    expect(world.state.events.map(({ node }) => node)).toEqual([nodeName, nodeName]);
    expect(await deleteNode(guessed, world.ports.nodes)).toEqual({ deleted: true });
  });

  it('is found by the instance when nobody knows it, and never asked for as an empty one', async () => {
    const nameless = { ...target, nodeName: '' };
    await excludeNode(nameless, world.ports);
    await cordonNode(nameless, world.ports);
    expect(world.state.events.map(({ node }) => node)).toEqual([nodeName, nodeName]);
    expect(await undo(owner, '')).toEqual({ undone: ['cordon', 'exclude-from-external-load-balancers'] });
    expect(await deleteNode(nameless, world.ports.nodes)).toEqual({ deleted: true });
    expect(world.state.asked).not.toContain('node ');
  });
});

describe('undo', () => {
  it('takes back what the drain did, and tells why', async () => {
    const before = world.node;
    await excludeNode(target, world.ports);
    await cordonNode(target, world.ports);
    world.ec2('stopped');
    await taintOutOfService(target, world.ports);
    expect((await undo()).undone).toHaveLength(3);
    expect({ ...world.node, resourceVersion: '1' }).toEqual(before);
    expect(world.state.events.at(-1)).toMatchObject({
      reason: 'DrainUndone',
      message: expect.stringContaining('the time is up'),
    });
  });

  it('by an execution whose marks these are not touches nothing', async () => {
    await cordonNode(target, world.ports);
    const before = world.node;
    expect(await undo('dead')).toEqual({ undone: [] });
    expect(world.node).toEqual(before);
  });

  it('can run again', async () => {
    await cordonNode(target, world.ports);
    await undo();
    expect(await undo()).toEqual({ undone: [] });
    expect(world.node?.unschedulable).toBe(false);
  });

  it('law: leaves a node as it was, whoever had done what to it before, and whatever the drain came to do', async () => {
    const nodes = fc.record({
      unschedulable: fc.boolean(),
      labels: fc.constantFrom({}, { [excludeLabel]: '' }, { zone: 'a', [excludeLabel]: 'true' }),
      taints: fc.constantFrom([], [outOfServiceTaint], [{ key: 'gpu', effect: 'NoSchedule' } as const]),
      annotations: fc.constantFrom({}, { note: 'mine' }),
    });
    const step = fc.constantFrom(excludeNode, cordonNode, taintOutOfService);
    await fc.assert(
      fc.asyncProperty(nodes, fc.array(step, { maxLength: 6 }), async (changes, steps) => {
        world = new FakeDrainWorld(aDrainNode(changes)).ec2('stopped');
        const before = world.node;
        for (const one of steps) await one(target, world.ports);
        await undo();
        expect({ ...world.node, resourceVersion: '1' }).toEqual(before);
      }),
    );
  });
});

it('a drain that dies at any call and is repeated marks all that it did, so that undo finds it', async () => {
  const calls = await killedAtEveryCall({
    prepare: () => {
      world = new FakeDrainWorld();
    },
    run: async (fuse) => {
      const ports = {
        nodes: interruptible(world.ports.nodes, fuse),
        events: interruptible(world.ports.events, fuse),
      };
      await excludeNode(target, ports);
      return cordonNode(target, ports);
    },
    assess: (_, died) => {
      const marks = world.node?.annotations[marksAnnotation];
      expect([died, world.node?.unschedulable, marks]).toEqual([
        died,
        true,
        'cordon,exclude-from-external-load-balancers',
      ]);
    },
  });
  expect(calls).toBe(6);
});

describe('deleting a node', () => {
  it('deletes the instance’s own', async () => {
    expect(await deleteNode(target, world.ports.nodes)).toEqual({ deleted: true });
    expect(world.node).toBeUndefined();
  });
});
