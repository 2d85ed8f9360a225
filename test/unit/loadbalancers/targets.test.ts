import { beforeEach, describe, expect, it } from 'vitest';
import { checkTargets } from '../../../src/loadbalancers/check-targets.ts';
import { deregisterTargets } from '../../../src/loadbalancers/deregister-targets.ts';
import type {
  Attachments,
  ClassicLoadBalancers,
  RoleTargets,
  TargetGroup,
  TargetGroups,
  TargetHealth,
} from '../../../src/loadbalancers/ports.ts';
import { registerTargets } from '../../../src/loadbalancers/register-targets.ts';
import { targetsOf } from '../../../src/loadbalancers/target.ts';
import { instanceId, later, noon } from '../../support/nodes/healthy.ts';

const arnOf = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/${name}/0123456789abcdef`;
const node = { cluster: 'demo', instanceId, ipAddress: '10.0.1.23' };
const gated = (name: string) => ({ arn: arnOf(name), gate: true });

describe('the targets of a node', () => {
  let groups: Map<string, TargetGroup>;
  let registered: Map<string, Pick<TargetHealth, 'state' | 'reason' | 'description'>>;
  let classic: Map<string, { inService: boolean; description: string }>;
  let role: RoleTargets;
  const key = (arn: string, id: string, port: number) => `${arn} ${id}:${port}`;
  const targetGroups: TargetGroups = {
    describe: async (arns) => new Map([...groups].filter(([arn]) => arns.includes(arn))),
    register: async (arn, id, port) => {
      const initial = { state: 'initial', reason: 'Elb.RegistrationInProgress', description: '' } as const;
      registered.set(key(arn, id, port), initial);
    },
    deregister: async (arn, id, port) => {
      registered.delete(key(arn, id, port));
    },
    health: async (arn, id, port) => {
      const found = registered.get(key(arn, id, port));
      return found && { id, port, ...found };
    },
  };
  const classicLoadBalancers: ClassicLoadBalancers = {
    register: async (name, id) => {
      classic.set(`${name} ${id}`, { inService: false, description: 'Instance registration is still in progress.' });
    },
    deregister: async (name, id) => {
      classic.delete(`${name} ${id}`);
    },
    health: async (name, id) => classic.get(`${name} ${id}`),
  };
  let attached: Record<string, Attachments>;
  const attachments = { attachedIn: async () => attached };
  const leaving = { leaves: async () => false };
  const ports = { targetGroups, classicLoadBalancers, attachments, leaving };

  function aGroup(name: string, changes: Partial<TargetGroup> = {}): void {
    groups.set(arnOf(name), {
      arn: arnOf(name),
      targetType: 'instance',
      port: 30080,
      protocol: 'TCP',
      tags: {},
      ...changes,
    });
  }
  const healthOf = (name: string, state: TargetHealth['state'], reason = '', description = '') =>
    registered.set(key(arnOf(name), instanceId, 30080), { state, reason, description });
  const check = (seconds = 0) =>
    checkTargets({ ...node, owner: 'me', deadline: later(300) }, role, ports, later(seconds, noon));

  beforeEach(() => {
    groups = new Map();
    registered = new Map();
    classic = new Map();
    attached = {};
    aGroup('web');
    role = { targetGroups: [gated('web')], classicLoadBalancers: [] };
  });

  it('are its instance id or its address as the group wants it, at the group’s port or at that of the registry', async () => {
    aGroup('pods', { targetType: 'ip', port: 8080 });
    const policies = [gated('web'), gated('pods'), { arn: arnOf('web'), port: 30443, gate: false }];
    const all = { targetGroups: policies, classicLoadBalancers: [{ name: 'old', gate: true }] };
    expect(await targetsOf(node, all, ports)).toEqual({
      targets: [
        { kind: 'classic', name: 'old', id: instanceId, gate: true },
        { kind: 'target-group', arn: arnOf('web'), id: instanceId, port: 30080, gate: true },
        { kind: 'target-group', arn: arnOf('pods'), id: '10.0.1.23', port: 8080, gate: true },
        { kind: 'target-group', arn: arnOf('web'), id: instanceId, port: 30443, gate: false },
      ],
      leftAlone: [],
    });
  });

  it.each(['elbv2.k8s.aws/cluster', 'kubernetes.io/service-name', 'kubernetes.io/cluster/demo'])(
    'leave a group alone that a controller owns by tag %s: not registered, not deregistered, no gate',
    async (tag) => {
      aGroup('web', { tags: { [tag]: 'owned' } });
      healthOf('web', 'unhealthy');
      expect(await registerTargets(node, role, ports)).toMatchObject({
        registered: 0,
        gated: 0,
        leftAlone: [arnOf('web')],
      });
      expect(await check()).toMatchObject({ state: 'healthy', waitingFor: [] });
      expect(await deregisterTargets(node, role, ports)).toEqual({ deregistered: 0 });
      expect(registered.size).toBe(1);
    },
  );

  describe('in a group that is attached to an Auto Scaling group of the cluster', () => {
    beforeEach(() => {
      attached = { workers: { targetGroupArns: [arnOf('web')], classicLoadBalancers: [] } };
    });

    it('are registered, although kOps has tagged it as all that it makes', async () => {
      aGroup('web', { tags: { 'kubernetes.io/cluster/demo': 'owned' } });
      expect(await registerTargets(node, role, ports)).toMatchObject({ registered: 1, gated: 1, leftAlone: [] });
      expect(await check()).toMatchObject({ state: 'waiting' });
      expect(await deregisterTargets(node, role, ports)).toEqual({ deregistered: 1 });
    });

    it.each(['elbv2.k8s.aws/cluster', 'kubernetes.io/service-name'])(
      'are left alone where a controller has marked it as its own by %s',
      async (tag) => {
        aGroup('web', { tags: { 'kubernetes.io/cluster/demo': 'owned', [tag]: 'default/web' } });
        expect(await registerTargets(node, role, ports)).toMatchObject({ registered: 0, leftAlone: [arnOf('web')] });
      },
    );
  });

  it('name a group that does not exist before anything is registered', async () => {
    role = { targetGroups: [gated('web'), gated('gone')], classicLoadBalancers: [{ name: 'old', gate: false }] };
    await expect(registerTargets(node, role, ports)).rejects.toMatchObject({
      name: 'TargetGroupNotFound',
      message: expect.stringContaining(arnOf('gone')),
    });
    expect([registered.size, classic.size]).toEqual([0, 0]);
  });

  it('are registered, twice without harm, and deregistered, twice without harm', async () => {
    role = { targetGroups: [gated('web')], classicLoadBalancers: [{ name: 'old', gate: false }] };
    const expected = { registered: 2, gated: 1, leftAlone: [], lookAgainSeconds: expect.any(Number) };
    expect(await registerTargets(node, role, ports)).toEqual(expected);
    expect(await registerTargets(node, role, ports)).toEqual(expected);
    expect([registered.size, classic.size]).toEqual([1, 1]);
    expect(await deregisterTargets(node, role, ports)).toEqual({ deregistered: 2 });
    expect(await deregisterTargets(node, role, ports)).toEqual({ deregistered: 2 });
    expect([registered.size, classic.size]).toEqual([0, 0]);
  });

  it.each([
    ['initial', 'Elb.RegistrationInProgress', 'waiting', 'web: initial (Elb.RegistrationInProgress)'],
    ['unhealthy', 'Target.FailedHealthChecks', 'waiting', 'web: unhealthy (Target.FailedHealthChecks)'],
    ['draining', 'Target.DeregistrationInProgress', 'waiting', 'web: draining (Target.DeregistrationInProgress)'],
    ['unused', 'Target.InvalidState', 'waiting', 'web: unused (Target.InvalidState)'],
    ['healthy', '', 'healthy', undefined],
  ] as const)('that are %s (%s) are %s', async (health, reason, state, waitingFor) => {
    healthOf('web', health, reason);
    expect(await check()).toEqual({
      state,
      waitingFor: waitingFor ? [waitingFor] : [],
      warnings: [],
      lookAgainSeconds: expect.any(Number),
    });
  });

  it('that nothing can ever make healthy are a warning, and gate nothing', async () => {
    healthOf('web', 'unused', 'Target.NotInUse', 'Target is in an Availability Zone that is not enabled');
    expect(await check()).toMatchObject({
      state: 'healthy',
      warnings: ['web: Target is in an Availability Zone that is not enabled'],
    });
  });

  it('that are not registered yet are waited for', async () => {
    role = { targetGroups: [gated('web')], classicLoadBalancers: [{ name: 'old', gate: true }] };
    expect(await check()).toMatchObject({
      state: 'waiting',
      waitingFor: ['old: not registered yet', 'web: not registered yet'],
    });
  });

  it('gate nothing where the registry says so', async () => {
    role = { targetGroups: [{ arn: arnOf('web'), gate: false }], classicLoadBalancers: [{ name: 'old', gate: false }] };
    expect(await check()).toMatchObject({ state: 'healthy', waitingFor: [] });
  });

  it('are late from the deadline on, unless they are healthy by then', async () => {
    healthOf('web', 'initial');
    expect(await check(299)).toMatchObject({ state: 'waiting' });
    expect(await check(300)).toMatchObject({ state: 'late', waitingFor: [expect.stringContaining('web')] });
    healthOf('web', 'healthy');
    expect(await check(301)).toMatchObject({ state: 'healthy' });
  });

  it('of a classic load balancer wait for what it says, until they are in service', async () => {
    role = { targetGroups: [], classicLoadBalancers: [{ name: 'old', gate: true }] };
    await registerTargets(node, role, ports);
    expect(await check()).toMatchObject({
      state: 'waiting',
      waitingFor: ['old: Instance registration is still in progress.'],
    });
    classic.set(`old ${instanceId}`, { inService: true, description: 'N/A' });
    expect(await check()).toMatchObject({ state: 'healthy' });
  });

  it('are waited for no longer once a signal takes the instance', async () => {
    aGroup('workers');
    role = { targetGroups: [gated('workers')], classicLoadBalancers: [] };
    expect((await check()).state).toBe('waiting');
    const goes = { ...ports, leaving: { leaves: async (_: string, __: string, owner: string) => owner === 'me' } };
    expect((await checkTargets({ ...node, owner: 'me', deadline: later(300) }, role, goes, noon)).state).toBe(
      'leaving',
    );
  });
});
