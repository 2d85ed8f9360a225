import { beforeEach, describe, expect, it } from 'vitest';
import { inspectLeftover } from '../../../src/nodes/inspect-leftover.ts';
import { planBootstrap } from '../../../src/nodes/plan-bootstrap.ts';
import type { JoinPolicy } from '../../../src/nodes/ports.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import {
  aLaunchHook,
  aMembership,
  aNode,
  anInstance,
  aPolicy,
  groupName,
  instanceId,
  later,
  noon,
  privateDnsName,
} from '../../support/nodes/healthy.ts';

const days = 86_400;

describe('planBootstrap', () => {
  let aws: FakeAws;
  beforeEach(() => {
    aws = new FakeAws();
  });
  const plan = (policy: JoinPolicy = aPolicy(), now = noon, hookExpected = true) =>
    planBootstrap({ instanceId, startedAt: noon.toISOString(), hookExpected }, aws, policy, now);
  const hook = (heartbeatTimeoutSeconds: number, globalTimeoutSeconds = heartbeatTimeoutSeconds * 100) =>
    aws.state.hooks.set(groupName, [aLaunchHook({ heartbeatTimeoutSeconds, globalTimeoutSeconds })]);

  it('says everything that a bootstrap goes by', async () => {
    expect(await plan()).toMatchObject({
      nodeName: privateDnsName,
      ipAddress: '10.0.1.23',
      groupName,
      role: 'worker',
      mode: 'tender',
      hasHook: true,
      hookName: 'tender-launch',
      heartbeatSeconds: 150,
      heartbeatDue: '2026-03-01T12:02:00.000Z',
      joinBy: later(900).toISOString(),
      deadline: later(1200).toISOString(),
      template: { id: 'lt-0aa', version: '7' },
      lookAgainSeconds: expect.any(Number),
    });
  });

  it('keeps two minutes before the end of a short hook, from the launch on', async () => {
    hook(30, 600);
    expect(await plan()).toMatchObject({
      heartbeatSeconds: 15,
      joinBy: later(600 - 120 - 30).toISOString(),
      deadline: later(600 - 120 - 30).toISOString(),
    });
  });

  it('lets targets use what is left of the hook after the join', async () => {
    hook(300, 1150);
    expect(await plan()).toMatchObject({ joinBy: later(900).toISOString(), deadline: later(1000).toISOString() });
  });

  it.each([
    [300, 150],
    [7200, 3600],
    [31, 15],
    [10, 10],
  ])('keeps a hook of %i s alive every %i s', async (timeout, heartbeatSeconds) => {
    hook(timeout, 30_000);
    expect(await plan()).toMatchObject({ heartbeatSeconds });
  });

  it('gives a run by hand its whole time, however long ago the instance was launched', async () => {
    aws.with(anInstance({ launchedAt: later(-3 * days).toISOString() }), aMembership({ lifecycleState: 'InService' }));
    expect(await plan()).toMatchObject({
      hasHook: false,
      joinBy: later(900).toISOString(),
      deadline: later(1200).toISOString(),
    });
  });

  it('gives an instance that ran in a warm pool for days its whole time when it comes out', async () => {
    aws.with(anInstance({ launchedAt: later(-3 * days).toISOString() }));
    expect(await plan()).toMatchObject({ hasHook: true, joinBy: later(900).toISOString() });
  });

  it('counts from its exit, where the event says that it comes out of a warm pool, however short it was there', async () => {
    aws.with(anInstance({ launchedAt: later(-29_990).toISOString() }));
    const { joinBy, deadline, heartbeatDue } = await planBootstrap(
      { instanceId, startedAt: noon.toISOString(), hookExpected: true, fromPool: true },
      aws,
      aPolicy(),
      noon,
    );
    expect([joinBy, deadline]).toEqual([later(900).toISOString(), later(1200).toISOString()]);
    // Its event may have come late: nobody knows since when the hook waits.
    expect(heartbeatDue).toBe(noon.toISOString());
  });

  it('is the same when it runs again later, but for the first look', async () => {
    const [first, again] = [await plan(), await plan(aPolicy(), later(60))];
    expect({ ...again, lookAgainSeconds: first.lookAgainSeconds }).toEqual(first);
    expect(again.lookAgainSeconds).toBeLessThan(first.lookAgainSeconds);
  });

  it.each([
    ['Pending:Wait', 'tender', true],
    ['Pending:Proceed', 'tender', false],
    ['InService', 'tender', false],
    ['Warmed:Pending:Wait', 'aside', true],
    ['Warmed:Running', 'aside', false],
  ])('in %s the mode is %s and whether a hook waits is %s', async (lifecycleState, mode, hasHook) => {
    aws.with(anInstance(), aMembership({ lifecycleState }));
    expect(await plan()).toMatchObject({ mode, hasHook });
  });

  it.each(['Pending', 'Warmed:Pending'])(
    'believes an event that is faster than what Auto Scaling shows in %s',
    async (lifecycleState) => {
      aws.with(anInstance(), aMembership({ lifecycleState }));
      expect(await plan()).toMatchObject({ hasHook: true });
      await expect(plan(aPolicy(), noon, false)).rejects.toMatchObject({ name: 'InstanceNotVisible' });
    },
  );

  it.each([{ privateDnsName: '' }, { privateIpAddress: '' }])(
    'waits for the name and address that EC2 fills in: %o',
    async (lack) => {
      aws.with(anInstance(lack), aMembership());
      await expect(plan()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
    },
  );

  it.each(['Terminating:Wait', 'Detaching'])('has nothing to bootstrap in %s', async (lifecycleState) => {
    aws.with(anInstance(), aMembership({ lifecycleState }));
    await expect(plan()).rejects.toMatchObject({
      name: 'InstanceNotManaged',
      message: expect.stringContaining('way out'),
    });
  });

  it('joins a control-plane node where kubeadm is to, with time for two others to come first', async () => {
    aws.state.tags.set(groupName, { 'tender:cluster': 'demo', 'tender:role': 'control-plane' });
    const { join } = aPolicy();

    expect(await plan()).toMatchObject({ mode: 'self' });
    const byKubeadm = await plan(aPolicy({ join: { ...join, controlPlane: 'kubeadm' } }));
    expect(byKubeadm.mode).toBe('tender');
    const seconds = (plan: { joinBy: string }) => Date.parse(plan.joinBy) / 1000;
    expect(seconds(byKubeadm) - seconds(await plan())).toBe(2 * join.timeoutSeconds);
  });

  it('only verifies where nodes bootstrap themselves', async () => {
    expect(await plan(aPolicy({ bootstrap: 'self' }))).toMatchObject({ mode: 'self' });
  });

  it('answers no hook but ours: not of another name, not of the other transition', async () => {
    aws.state.hooks.set(groupName, [aLaunchHook({ name: 'theirs' }), aLaunchHook({ transition: 'terminating' })]);
    expect(await plan()).toMatchObject({ hasHook: false, deadline: later(1200).toISOString() });
  });

  it('goes by the hook that the group names by its tag', async () => {
    aws.state.tags.set(groupName, { 'tender:cluster': 'demo', 'tender:role': 'worker', 'tender:launch-hook': 'join' });
    aws.state.hooks.set(groupName, [aLaunchHook({ name: 'join' })]);
    expect(await plan()).toMatchObject({ hasHook: true, hookName: 'join' });
  });

  it('counts by the group where an instance has no launch template', async () => {
    aws.with(anInstance(), { instanceId, groupName, lifecycleState: 'Pending:Wait' });
    expect(await plan()).toMatchObject({ template: { id: groupName, version: '-' } });
  });

  it.each([
    ['no tags', {}, 'tender:cluster=(none)'],
    ["another cluster's tag", { 'tender:cluster': 'other', 'tender:role': 'worker' }, 'tender:cluster=other'],
    ['no role', { 'tender:cluster': 'demo' }, 'tender:role=(none)'],
    ['a role that nobody knows', { 'tender:cluster': 'demo', 'tender:role': 'master' }, 'tender:role=master'],
  ])('refuses a group with %s, and says how to tag it', async (_what, tags, found) => {
    aws.state.tags.set(groupName, tags);
    await expect(plan()).rejects.toMatchObject({ name: 'InstanceNotManaged', message: expect.stringContaining(found) });
  });

  it('refuses an instance whose group was deleted meanwhile', async () => {
    aws.state.tags.clear();
    await expect(plan()).rejects.toMatchObject({ name: 'InstanceNotManaged' });
  });

  it('waits for EC2 and for Auto Scaling to show a new instance, and refuses an old one in no group', async () => {
    aws.state.memberships.clear();
    await expect(plan()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
    await expect(plan(aPolicy(), later(90))).rejects.toMatchObject({ name: 'InstanceNotManaged' });
    aws.state.instances.clear();
    await expect(plan()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
  });
});

describe('inspectLeftover', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  beforeEach(() => {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes();
  });
  const inspect = (now = noon) => inspectLeftover({ instanceId }, { ...aws, nodes: kubernetes.nodes }, aPolicy(), now);

  it('finds a hook that waits and a node that is not admitted', async () => {
    kubernetes.with(aNode());
    expect(await inspect()).toMatchObject({
      instance: 'there',
      nodeName: privateDnsName,
      role: 'worker',
      hookWaits: true,
      admitted: false,
    });
  });

  it('finds a node that was admitted: only its hook is to be answered', async () => {
    kubernetes.with(aNode({ taints: [] }));
    expect(await inspect()).toMatchObject({ hookWaits: true, admitted: true });
  });

  it('fails while the API server does not answer: what cannot be seen is not undone', async () => {
    kubernetes.with(aNode({ taints: [] }));
    kubernetes.state.reachable = false;
    await expect(inspect()).rejects.toMatchObject({ name: 'ClusterUnreachable' });
  });

  it('says that an instance is in service, behind whose load balancers nobody is to reach', async () => {
    aws.with(anInstance(), aMembership({ lifecycleState: 'InService' }));
    expect(await inspect()).toMatchObject({ inService: true, hookWaits: false });
  });

  it('does not take the Node of another instance for this one’s', async () => {
    kubernetes.with(aNode({ taints: [], providerId: 'aws:///us-east-1a/i-0ffffffffffffffff' }));
    expect(await inspect()).toMatchObject({ admitted: false });
  });

  it('finds nothing of an instance that EC2 has forgotten', async () => {
    aws.state.instances.clear();
    expect(await inspect()).toMatchObject({ instance: 'gone', nodeName: '', hookWaits: false });
  });

  it('takes an instance for gone that is terminated and out of its group, while EC2 still shows it', async () => {
    aws.with(anInstance({ state: 'terminated', privateDnsName: '', privateIpAddress: '' }));
    aws.state.memberships.clear();
    expect(await inspect(later(600))).toMatchObject({ instance: 'gone', hookWaits: false });
  });

  it('takes an instance that runs and is not ours any more for gone: only the offer is left to be withdrawn', async () => {
    aws.state.tags.set(groupName, {});
    expect(await inspect()).toMatchObject({ instance: 'gone', hookWaits: false });
  });
});
