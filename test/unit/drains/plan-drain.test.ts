import { beforeEach, describe, expect, it } from 'vitest';
import { type PlanDrainInput, planDrain } from '../../../src/drains/plan-drain.ts';
import type { DrainAndon, DrainPolicy } from '../../../src/drains/ports.ts';
import { isUnreachable } from '../../../src/kubernetes/errors.ts';
import { InstanceNotManaged } from '../../../src/nodes/errors.ts';
import { FakeDrainWorld } from '../../support/drains/fake-drain-world.ts';
import {
  aDrainPod,
  aDrainPolicy,
  aTightBudget,
  groupName,
  instanceId,
  later,
  nodeName,
  noon,
} from '../../support/drains/healthy.ts';

let world: FakeDrainWorld;
beforeEach(() => {
  world = new FakeDrainWorld();
});

function plan(
  changes: Partial<PlanDrainInput> = {},
  policy: Partial<DrainPolicy> = {},
  cord: Awaited<ReturnType<DrainAndon['read']>> = null,
) {
  const usual = { voluntary: true, byHand: false, deadline: '', asksAndon: false, preview: false };
  const input = { cluster: 'demo', instanceId, nodeName, ...usual, ...changes };
  const groups = {
    assertOf: async (named: string) => {
      if (named !== 'demo') throw new InstanceNotManaged(instanceId, named, 'it is cluster demo’s');
    },
  };
  return planDrain(input, { ...world.ports, groups, andon: { read: async () => cord } }, aDrainPolicy(policy), {
    now: noon,
    isUnreachable,
  });
}

describe('planning a drain', () => {
  it('says that the andon is on where it is asked, and asks it nowhere else', async () => {
    const cord = { reason: 'we look', since: '2026-03-01T11:00:00Z', by: 'ann' };
    expect((await plan({ asksAndon: true }, {}, cord)).held).toBe(
      'the andon is on since 2026-03-01T11:00:00Z (ann): we look',
    );
    expect((await plan({}, {}, cord)).held).toBe('');
    expect((await plan({ asksAndon: true })).held).toBe('');
  });

  it('finds the instance of a node, and the node of an instance', async () => {
    const whole = {
      instanceId,
      nodeName,
      ipAddress: '10.0.1.23',
      groupName,
      zone: 'us-east-1a',
      instance: 'on',
      node: 'there',
    };
    expect(await plan({ instanceId: '' })).toMatchObject(whole);
    expect(await plan({ nodeName: '' })).toMatchObject(whole);
  });

  it('finds an instance’s Node under another name than was guessed', async () => {
    expect(await plan({ nodeName: 'guessed' })).toMatchObject({ nodeName, node: 'there' });
  });

  it('says that a Node is gone when its name is another instance’s by now, and shows none of its pods', async () => {
    world.set({ providerId: 'aws:///us-east-1a/i-0fedcba9876543210' }).with(aDrainPod());
    expect(await plan({ preview: true })).toMatchObject({ node: 'gone', preview: null });
  });

  it('refuses a name that no Node has, and a Node that names no instance', async () => {
    await expect(plan({ instanceId: '', nodeName: 'typo' })).rejects.toMatchObject({
      name: 'NodeNotFound',
      message: expect.stringContaining('"typo"'),
    });
    world.set({ providerId: 'kind://docker/demo/worker' });
    await expect(plan({ instanceId: '' })).rejects.toMatchObject({
      name: 'NodeWithoutInstance',
      message: expect.stringContaining('kind://docker/demo/worker'),
    });
  });

  it('goes on without an API server as long as the instance is named: load balancers are left all the same', async () => {
    world.state.reachable = false;
    expect(await plan()).toMatchObject({ node: 'unknown', nodeName, instance: 'on', ipAddress: '10.0.1.23' });
    await expect(plan({ instanceId: '' })).rejects.toMatchObject({ name: 'ClusterUnreachable' });
  });

  it.each([
    ['stopped', 'off'],
    ['terminated', 'gone'],
    ['stopping', 'on'],
  ] as const)('an instance that EC2 calls %s is %s', async (state, instance) => {
    world.ec2(state);
    expect((await plan()).instance).toBe(instance);
  });

  it('does not call one gone that EC2 does not know while its Node is Ready', async () => {
    world.ec2(undefined);
    expect((await plan()).instance).toBe('on');
    world.set({ ready: 'Unknown' });
    expect((await plan()).instance).toBe('gone');
  });

  it('has the address that its Node tells where EC2 has forgotten it', async () => {
    world.ec2(undefined);
    world.set({ internalIp: '10.0.7.7', ready: 'Unknown' });
    expect(await plan()).toMatchObject({ instance: 'gone', ipAddress: '10.0.7.7' });
  });
});

describe('planning a drain that a person began', () => {
  it('refuses what is another cluster’s, and an instance that has no Node; a drain of a workflow goes on', async () => {
    await expect(plan({ byHand: true, cluster: 'other' })).rejects.toMatchObject({ name: 'InstanceNotManaged' });
    expect(await plan({ cluster: 'other' })).toMatchObject({ node: 'there' });
    world.state.nodes.clear();
    await expect(plan({ byHand: true })).rejects.toMatchObject({
      name: 'NodeNotFound',
      message: expect.stringContaining(`has no Node of instance ${instanceId}`),
    });
    expect(await plan()).toMatchObject({ node: 'gone' });
  });

  it('goes on without an API server, and where EC2 does not know the instance of a Node', async () => {
    world.state.reachable = false;
    expect(await plan({ byHand: true })).toMatchObject({ node: 'unknown' });
    world.state.reachable = true;
    world.ec2(undefined);
    expect(await plan({ byHand: true })).toMatchObject({ node: 'there', instance: 'on' });
  });
});

describe('how long a drain may take', () => {
  it('is asking and grace, or what the deadline leaves', async () => {
    expect((await plan()).maximumSeconds).toBe(1800);
    expect((await plan({ deadline: later(110).toISOString() })).maximumSeconds).toBe(110);
    expect((await plan({ deadline: later(-60).toISOString() })).maximumSeconds).toBe(0);
    expect((await plan({}, { whenTimeIsUp: 'force-delete' })).maximumSeconds).toBe(1860);
  });

  it('is not cut for a node that is silent now, which may be Ready a moment later', async () => {
    world.set({ ready: 'Unknown', readySince: later(-600).toISOString() });
    expect((await plan()).maximumSeconds).toBe(1800);
  });
});

it('a preview says what would leave, what stays, and what would block, and touches nothing', async () => {
  world.with(
    aDrainPod(),
    aDrainPod({ name: 'free', labels: {} }),
    aDrainPod({ name: 'logs', ownerKind: 'DaemonSet' }),
    aDrainPod({ name: 'precious', annotations: { 'tender.sh/do-not-disrupt': 'true' } }),
  ).state.budgets = [aTightBudget()];
  const before = world.node;
  expect((await plan({ preview: true })).preview).toEqual({
    leave: ['shop/web-1', 'shop/free'],
    stay: ['shop/logs: of a DaemonSet'],
    blockers: [
      'shop/web-1: PodDisruptionBudget shop/web allows 0 disruptions (2 healthy, 2 wanted)',
      'shop/precious: annotation tender.sh/do-not-disrupt',
    ],
  });
  expect([world.node, world.state.evicted, world.state.events]).toEqual([before, [], []]);
});
