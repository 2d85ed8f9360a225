import { beforeEach, describe, expect, it } from 'vitest';
import { AwsThrottled } from '../../../src/aws/errors.ts';
import { checkDeregistration, deregistrationCheck } from '../../../src/loadbalancers/check-deregistration.ts';
import { deregisterNode } from '../../../src/loadbalancers/deregister-node.ts';
import { lookUpMap } from '../../../src/loadbalancers/look-up-map.ts';
import type { LoadBalancerMap, RoleTargets } from '../../../src/loadbalancers/ports.ts';
import { reregisterNode } from '../../../src/loadbalancers/reregister-node.ts';
import { arnOf, FakeBalancers } from '../../support/loadbalancers/fake-balancers.ts';
import { later, noon } from '../../support/nodes/healthy.ts';

const node = { cluster: 'demo', instanceId: 'i-1', ipAddress: '10.0.1.23', groupName: 'workers' };
/** As kOps tags all that it makes for a cluster. */
const OF_CLUSTER = { 'kubernetes.io/cluster/demo': 'owned' };
const target = (name: string, id = 'i-1', port = 30080) =>
  ({ kind: 'target-group', arn: arnOf(name), id, port }) as const;

/** Marks the group, where no other is healthy. */
const ownedBy = (tags: Record<string, string>) => (all: FakeBalancers) =>
  all.aGroup('web', { tags }).aTarget('web', 'i-2', { state: 'unhealthy' });

describe('a node that leaves', () => {
  let balancers: FakeBalancers;
  let roles: RoleTargets[];
  const leave = (changes: Partial<typeof node & { voluntary: boolean }> = {}, now = noon) =>
    deregisterNode({ ...node, voluntary: false, ...changes }, roles, balancers, () => now);
  const comeBack = (changes: { owner?: string; onlyIfItRuns?: boolean } = {}) =>
    reregisterNode({ ...node, owner: 'us', ...changes }, balancers);

  beforeEach(() => {
    balancers = new FakeBalancers().aGroup('web').aTarget('web', 'i-1').aTarget('web', 'i-2');
    roles = [
      { targetGroups: [{ arn: arnOf('web'), gate: true }], classicLoadBalancers: [{ name: 'old', gate: false }] },
    ];
  });

  it('is taken out of what the registry names, what its group has, and what is tagged for the cluster', async () => {
    balancers.aClassic('old', 'i-1').aClassic('old', 'i-2').aClassic('tagged-classic', 'i-1');
    balancers.aGroup('of-group').aTarget('of-group', 'i-1', { port: 8080 });
    balancers.aGroup('tagged').aTarget('tagged', 'i-1').aTarget('tagged', 'i-1', { port: 30443 });
    balancers.state.attached.set('workers', {
      targetGroupArns: [arnOf('of-group')],
      classicLoadBalancers: ['of-group-classic'],
    });
    balancers.state.tagged.targetGroupArns.push(arnOf('tagged'));
    balancers.state.tagged.classicLoadBalancers.push({ name: 'tagged-classic', tags: {} });
    expect(await leave()).toEqual({
      deregistered: 6,
      targets: [
        'tagged i-1:30080',
        'tagged i-1:30443',
        'web i-1:30080',
        'of-group i-1:8080',
        'tagged-classic i-1',
        'old i-1',
      ],
      quietUntil: later(160).toISOString(),
      outAt: later(300).toISOString(),
      lookAgainSeconds: 160,
    });
    expect(balancers.registered()).toEqual(['old i-2', 'web i-2:30080']);
  });

  it('is noted before anything is touched', async () => {
    await leave();
    const { calls } = balancers.state;
    expect(calls.indexOf('note i-1')).toBeLessThan(calls.indexOf('deregister web i-1:30080'));
    expect(balancers.state.notes.get('i-1')).toEqual([target('web')]);
  });

  it('without a claim is left alone where it could stay, since nothing could be noted', async () => {
    balancers.state.claimed = false;
    await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'InstanceNotClaimed' });
    expect(balancers.registered()).toContain('web i-1:30080');
  });

  it('without a claim is taken out all the same where it goes anyway', async () => {
    balancers.state.claimed = false;
    expect(await leave()).toMatchObject({ deregistered: 1 });
    expect(balancers.registered()).not.toContain('web i-1:30080');
  });

  it('whose step was killed after the note is deregistered by the next try, and stays noted', async () => {
    balancers.state.notes.set('i-1', [target('web'), target('gone')]);
    balancers.aGroup('more').aTarget('more', 'i-1');
    balancers.state.tagged.targetGroupArns.push(arnOf('more'));
    expect(await leave()).toMatchObject({ deregistered: 3 });
    expect(balancers.state.notes.get('i-1')).toEqual([target('web'), target('gone'), target('more')]);
    expect(await leave()).toMatchObject({
      deregistered: 3,
      targets: ['web i-1:30080', 'gone i-1:30080', 'more i-1:30080'],
    });
    expect(balancers.registered()).toEqual(['web i-2:30080']);
  });

  it('is known by its address in a group of addresses, except in those whose targets are a controller’s pods', async () => {
    balancers
      .aGroup('addresses', { targetType: 'ip' })
      .aTarget('addresses', '10.0.1.23')
      .aTarget('addresses', '10.0.9.9');
    balancers
      .aGroup('pods', { targetType: 'ip', tags: { 'elbv2.k8s.aws/cluster': 'demo' } })
      .aTarget('pods', '10.0.1.23');
    balancers.state.tagged.targetGroupArns.push(arnOf('addresses'), arnOf('pods'));
    expect(await leave()).toMatchObject({ targets: ['addresses 10.0.1.23:30080', 'web i-1:30080'] });
    expect(balancers.registered()).toEqual(['addresses 10.0.9.9:30080', 'pods 10.0.1.23:30080', 'web i-2:30080']);
  });

  it.each([
    ['an NLB', { protocol: 'TCP' }, 160],
    ['an NLB that ends TLS', { protocol: 'TLS' }, 160],
    ['an NLB of datagrams', { protocol: 'UDP' }, 160],
    ['an NLB of both', { protocol: 'TCP_UDP' }, 160],
    ['an ALB', { protocol: 'HTTP' }, 10],
    ['an ALB that speaks TLS to its targets', { protocol: 'HTTPS' }, 10],
  ] as const)('behind %s is quiet after its time', async (_, changes, seconds) => {
    balancers.aGroup('web', changes);
    expect(await leave()).toMatchObject({ quietUntil: later(seconds).toISOString(), lookAgainSeconds: seconds });
  });

  it('behind a classic load balancer is quiet when its connections have drained', async () => {
    balancers = new FakeBalancers().aClassic('old', 'i-1').aClassic('old', 'i-2');
    balancers.state.draining.set('old', 45);
    expect(await leave()).toMatchObject({ targets: ['old i-1'], quietUntil: later(45).toISOString() });
  });

  it('behind nothing, or where no connection comes, is quiet at once', async () => {
    balancers = new FakeBalancers();
    expect(await leave()).toEqual({
      deregistered: 0,
      targets: [],
      quietUntil: noon.toISOString(),
      outAt: noon.toISOString(),
      lookAgainSeconds: 0,
    });
    balancers.aGroup('web').aTarget('web', 'i-1', { state: 'unused', reason: 'Target.NotInUse' });
    expect(await leave()).toMatchObject({ deregistered: 1, quietUntil: noon.toISOString() });
  });

  it('that somebody else has just taken out is waited for, and not noted', async () => {
    balancers.aTarget('web', 'i-1', { state: 'draining' });
    expect(await leave()).toMatchObject({ deregistered: 0, quietUntil: later(160).toISOString() });
    expect(balancers.state.notes.has('i-1')).toBe(false);
  });

  it('is taken out of all others when one fails, and the error names that one', async () => {
    balancers.aClassic('old', 'i-1');
    balancers.state.broken.set('deregister web i-1:30080', new Error('Rate exceeded'));
    await expect(leave()).rejects.toMatchObject({
      name: 'DeregistrationFailed',
      message: expect.stringContaining('- web i-1:30080: Error: Rate exceeded'),
    });
    expect(balancers.registered()).toEqual(['web i-1:30080', 'web i-2:30080']);
  });

  it('is taken out of what is known when the rest cannot be looked up, and that is told', async () => {
    balancers.aGroup('sick').aTarget('sick', 'i-1');
    balancers.state.broken.set('find demo', new Error('denied'));
    balancers.state.broken.set('attachedTo workers', new Error('busy'));
    const failing = leave();
    await expect(failing).rejects.toMatchObject({ name: 'DeregistrationFailed' });
    await expect(failing).rejects.toThrow('load balancers tagged for demo: Error: denied');
    await expect(failing).rejects.toThrow('what is attached to group workers: Error: busy');
    expect(balancers.registered()).not.toContain('web i-1:30080');
  });

  describe('and the map of load balancers', () => {
    const map = (at: Date): LoadBalancerMap => ({
      targetGroups: [
        { arn: arnOf('mapped'), targetType: 'instance', port: 80, protocol: 'TCP', controllerOwned: true },
      ],
      classicLoadBalancers: [],
      at: at.toISOString(),
    });

    it('is believed for a quarter of an hour: nothing is looked up', async () => {
      balancers.state.maps.set('demo', map(later(-890)));
      balancers.aGroup('mapped').aTarget('mapped', 'i-1');
      expect(await leave()).toMatchObject({ targets: ['mapped i-1:30080', 'web i-1:30080'] });
      expect(balancers.state.calls).not.toContain('find demo');
    });

    it('tells what is attached to the group, as long as it is believed', async () => {
      const attached = { workers: { targetGroupArns: [arnOf('mapped')], classicLoadBalancers: [] } };
      balancers.aGroup('mapped').aTarget('mapped', 'i-1');
      balancers.state.maps.set('demo', { ...map(later(-890)), targetGroups: [], attached });
      expect(await leave()).toMatchObject({ targets: ['web i-1:30080', 'mapped i-1:30080'] });
      expect(balancers.state.calls).not.toContain('attachedTo workers');
      balancers.state.maps.set('demo', { ...map(later(-901)), targetGroups: [], attached });
      await leave();
      expect(balancers.state.calls).toContain('attachedTo workers');
    });

    it('says nothing of a group that it does not have: that is asked about', async () => {
      balancers.state.maps.set('demo', { ...map(later(-890)), attached: {} });
      await leave();
      expect(balancers.state.calls).toContain('attachedTo workers');
    });

    it('is looked up afresh when it is older', async () => {
      balancers.state.maps.set('demo', map(later(-901)));
      balancers.aGroup('mapped').aTarget('mapped', 'i-1');
      expect(await leave()).toMatchObject({ targets: ['web i-1:30080'] });
      expect(balancers.state.calls).toContain('find demo');
    });
  });

  describe('voluntarily', () => {
    it('is refused where it is the last healthy target, before anything is touched', async () => {
      balancers.aTarget('web', 'i-2', { state: 'unhealthy' }).aClassic('old', 'i-1');
      await expect(leave({ voluntary: true })).rejects.toMatchObject({
        name: 'LastHealthyTarget',
        message: expect.stringContaining('the last healthy target of web, old'),
      });
      expect(balancers.state.calls.filter((call) => /^(note|deregister)/.test(call))).toEqual([]);
      expect(await leave()).toMatchObject({ deregistered: 2 });
    });

    it('is refused where a zonal shift leads the traffic away from all other healthy targets', async () => {
      balancers.aTarget('web', 'i-2', { shiftedAway: true });
      await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'LastHealthyTarget' });
      balancers.aTarget('web', 'i-3');
      expect(await leave({ voluntary: true })).toMatchObject({ deregistered: 1 });
    });

    it('leaves although a classic load balancer is gone where it was noted before, and nobody serves there', async () => {
      balancers.state.notes.set('i-1', [{ kind: 'classic', name: 'deleted', id: 'i-1' }]);
      expect(await leave({ voluntary: true })).toMatchObject({ targets: ['deleted i-1', 'web i-1:30080'] });
      expect(balancers.registered()).not.toContain('web i-1:30080');
    });

    it('stays when the others have left at the same moment: each had seen the other healthy', async () => {
      const { targets } = balancers.targets;
      let looks = 0;
      const racing = {
        ...balancers,
        targets: {
          targets: async (arn: string) => {
            looks += 1;
            if (looks === 2) balancers.aTarget('web', 'i-2', { state: 'draining' });
            return targets(arn);
          },
        },
      };
      await expect(deregisterNode({ ...node, voluntary: true }, roles, racing, () => noon)).rejects.toMatchObject({
        name: 'LastHealthyTarget',
      });
      balancers.state.ec2.set('i-1', 'running');
      expect(await comeBack()).toEqual({ reregistered: 1, stillNoted: 0 });
      expect(balancers.registered()).toContain('web i-1:30080');
    });

    describe('when one of its load balancers fails', () => {
      const others = (state: 'draining' | 'unhealthy' | 'healthy') => balancers.aTarget('web', 'i-2', { state });
      const fails = () => balancers.state.broken.set('deregister old i-1', new Error('Rate exceeded'));
      const stays = { name: 'LastHealthyTarget', message: expect.stringContaining('the last healthy target of web:') };

      beforeEach(() => {
        balancers.aClassic('old', 'i-1').aClassic('old', 'i-2');
        balancers.state.ec2.set('i-1', 'running');
        fails();
      });

      it('stays all the same where the others have left at the same moment', async () => {
        const { deregister } = balancers.targetGroups;
        const racing = {
          ...balancers,
          targetGroups: {
            ...balancers.targetGroups,
            deregister: async (arn: string, id: string, port: number) => {
              await deregister(arn, id, port);
              others('draining');
            },
          },
        };
        await expect(deregisterNode({ ...node, voluntary: true }, roles, racing, () => noon)).rejects.toMatchObject(
          stays,
        );
        expect(await comeBack()).toEqual({ reregistered: 2, stillNoted: 0 });
        expect(balancers.registered()).toEqual(['old i-1', 'old i-2', 'web i-1:30080']);
      });

      it('stays where the others have left until it tries again, and the rest is not touched', async () => {
        await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
        balancers.state.broken.clear();
        others('draining');
        await expect(leave({ voluntary: true })).rejects.toMatchObject(stays);
        expect(balancers.registered()).toContain('old i-1');
      });

      it('stays where the others have left and its own connections are over already', async () => {
        await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
        balancers.state.broken.clear();
        balancers.state.targets.set(arnOf('web'), []);
        others('unhealthy');
        await expect(leave({ voluntary: true })).rejects.toMatchObject(stays);
      });

      it('stays where the others have left, also while the rest cannot be looked at', async () => {
        await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
        balancers.state.broken.set('instances old', new Error('Rate exceeded'));
        others('draining');
        await expect(leave({ voluntary: true })).rejects.toMatchObject(stays);
      });

      it('is not done as long as nobody can say who else serves', async () => {
        balancers.state.broken.clear();
        const { targets } = balancers.targets;
        let looks = 0;
        const silent = {
          ...balancers,
          targets: {
            targets: async (arn: string) => {
              looks += 1;
              if (looks > 1) throw new Error('Rate exceeded');
              return targets(arn);
            },
          },
        };
        await expect(deregisterNode({ ...node, voluntary: true }, roles, silent, () => noon)).rejects.toMatchObject({
          name: 'DeregistrationFailed',
          message: expect.stringContaining('- who else serves in web: Error: Rate exceeded'),
        });
        others('draining');
        await expect(leave({ voluntary: true })).rejects.toMatchObject(stays);
      });

      it.each([
        ['others serve', () => others('healthy')],
        ['it had served nobody itself', () => balancers.aTarget('web', 'i-1', { state: 'unhealthy' })],
        ['a controller owns the group', () => balancers.aGroup('web', { tags: { 'elbv2.k8s.aws/cluster': 'demo' } })],
      ])('goes with the next try where %s', async (_, prepare) => {
        prepare();
        await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
        balancers.state.broken.clear();
        if (_ !== 'others serve') others('unhealthy');
        expect(await leave({ voluntary: true })).toMatchObject({ deregistered: 2 });
      });

      it('goes with the next try when the group is gone by then', async () => {
        await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
        balancers.state.broken.clear();
        balancers.state.groups.delete(arnOf('web'));
        balancers.state.targets.delete(arnOf('web'));
        expect(await leave({ voluntary: true })).toMatchObject({ deregistered: 2 });
      });
    });

    it('is refused when it cannot be known, before anything is touched', async () => {
      balancers.state.broken.set('targets web', new Error('Rate exceeded'));
      await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'DeregistrationFailed' });
      expect(balancers.state.calls.filter((call) => /^(note|deregister)/.test(call))).toEqual([]);
    });

    it.each([
      ['another is healthy', (all: FakeBalancers) => all],
      [
        'it is not healthy itself',
        (all: FakeBalancers) =>
          all.aTarget('web', 'i-1', { state: 'unhealthy' }).aTarget('web', 'i-2', { state: 'unhealthy' }),
      ],
      ['the AWS Load Balancer Controller owns the group', ownedBy({ 'elbv2.k8s.aws/cluster': 'demo' })],
      [
        'the cloud controller owns the group',
        ownedBy({ 'kubernetes.io/service-name': 'default/web', 'kubernetes.io/cluster/demo': 'owned' }),
      ],
    ])('goes where %s', async (_, prepare) => {
      prepare(balancers);
      expect(await leave({ voluntary: true })).toMatchObject({ deregistered: 1 });
    });

    it('is refused where it is the last healthy target of a group that has no more than the tag of the cluster', async () => {
      balancers.aGroup('web', { tags: OF_CLUSTER }).aTarget('web', 'i-2', { state: 'unhealthy' });
      await expect(leave({ voluntary: true })).rejects.toMatchObject({ name: 'LastHealthyTarget' });
      expect(balancers.registered()).toContain('web i-1:30080');
    });
  });

  describe('and comes back', () => {
    beforeEach(() => {
      balancers.state.ec2.set('i-1', 'running');
    });

    it('is put back where it was noted, and the note is cleared', async () => {
      balancers.aClassic('old', 'i-1').aClassic('old', 'i-2').aGroup('other');
      await leave();
      expect(await comeBack()).toEqual({ reregistered: 2, stillNoted: 0 });
      expect(balancers.registered()).toEqual(['old i-1', 'old i-2', 'web i-1:30080', 'web i-2:30080']);
      expect(balancers.state.notes.has('i-1')).toBe(false);
      expect(await comeBack()).toEqual({ reregistered: 0, stillNoted: 0 });
    });

    it('stays out, and its note with it, when another execution has taken it out', async () => {
      await leave();
      expect(await comeBack({ owner: 'another' })).toEqual({ reregistered: 0, stillNoted: 0 });
      expect(balancers.registered()).toEqual(['web i-2:30080']);
      expect(balancers.state.notes.has('i-1')).toBe(true);
    });

    it.each(['stopped', 'stopping'] as const)(
      'stays out while it is %s, where only one that runs is wanted',
      async (state) => {
        await leave();
        balancers.state.ec2.set('i-1', state);
        expect(await comeBack({ onlyIfItRuns: true })).toEqual({ reregistered: 0, stillNoted: 1 });
        expect(balancers.state.notes.has('i-1')).toBe(true);
      },
    );

    it('is put back, or forgotten, where only one that runs is wanted and it runs, or is gone for good', async () => {
      await leave();
      expect(await comeBack({ onlyIfItRuns: true })).toEqual({ reregistered: 1, stillNoted: 0 });
      await leave();
      balancers.state.ec2.set('i-1', 'terminated');
      expect(await comeBack({ onlyIfItRuns: true })).toEqual({ reregistered: 0, stillNoted: 0 });
      expect(balancers.state.notes.has('i-1')).toBe(false);
    });

    it('is left to the controller that owns a group, and passes by groups that are gone', async () => {
      balancers
        .aGroup('owned', { tags: { 'elbv2.k8s.aws/cluster': 'demo' } })
        .aTarget('owned', 'i-1')
        .aClassic('owned-classic', 'i-1');
      balancers.aGroup('gone').aTarget('gone', 'i-1');
      balancers.state.maps.set('demo', {
        targetGroups: [],
        classicLoadBalancers: [{ name: 'owned-classic', controllerOwned: true }],
        at: noon.toISOString(),
      });
      balancers.state.attached.set('workers', {
        targetGroupArns: [arnOf('owned'), arnOf('gone')],
        classicLoadBalancers: [],
      });
      expect(await leave()).toMatchObject({ deregistered: 4 });
      balancers.state.groups.delete(arnOf('gone'));
      expect(await comeBack()).toEqual({ reregistered: 1, stillNoted: 0 });
      expect(balancers.registered()).toEqual(['web i-1:30080', 'web i-2:30080']);
    });

    it('is put back where there is no more than the tag of the cluster: nobody else would', async () => {
      balancers.aGroup('web', { tags: OF_CLUSTER }).aClassic('tagged-classic', 'i-1').aClassic('k8s-classic', 'i-1');
      balancers.state.tagged.targetGroupArns.push(arnOf('web'));
      balancers.state.tagged.classicLoadBalancers.push(
        { name: 'tagged-classic', tags: OF_CLUSTER },
        { name: 'k8s-classic', tags: { ...OF_CLUSTER, 'kubernetes.io/service-name': 'default/web' } },
      );
      balancers.state.maps.set('demo', await lookUpMap('demo', balancers, noon));
      expect(await leave()).toMatchObject({ deregistered: 3 });
      expect(await comeBack()).toEqual({ reregistered: 2, stillNoted: 0 });
      expect(balancers.registered()).toEqual(['tagged-classic i-1', 'web i-1:30080', 'web i-2:30080']);
    });

    it.each(['shutting-down', 'terminated'] as const)(
      'stays out when its instance is %s: it goes, whoever undoes',
      async (state) => {
        await leave();
        balancers.state.ec2.set('i-1', state);
        expect(await comeBack()).toEqual({ reregistered: 0, stillNoted: 0 });
        expect(balancers.registered()).toEqual(['web i-2:30080']);
        expect(balancers.state.notes.has('i-1')).toBe(false);
      },
    );

    it('keeps its note while one fails, and the others are done', async () => {
      balancers.aClassic('old', 'i-1');
      await leave();
      balancers.state.broken.set('register web i-1:30080', new Error('Rate exceeded'));
      await expect(comeBack()).rejects.toMatchObject({
        name: 'ReregistrationFailed',
        message: expect.stringContaining('- web i-1:30080: Error: Rate exceeded'),
      });
      expect(balancers.registered()).toContain('old i-1');
      balancers.state.broken.clear();
      expect(await comeBack()).toEqual({ reregistered: 2, stillNoted: 0 });
    });
  });

  describe('is out', () => {
    const check = (seconds: number, early = false) =>
      checkDeregistration({ ...node, quietUntil: later(160), outAt: later(300), early }, balancers, later(seconds));

    it('when every noted target is gone or unused and no connection comes any more', async () => {
      balancers.aClassic('old', 'i-1');
      await leave();
      expect(await check(170)).toEqual({
        done: false,
        waitingFor: [
          'web i-1:30080: draining (Target.DeregistrationInProgress)',
          'old i-1: Instance deregistration currently in progress.',
        ],
        lookAgainSeconds: 132,
      });
      balancers.state.targets.set(arnOf('web'), []);
      balancers.state.classic.set('old', []);
      expect(await check(159)).toMatchObject({ done: false, lookAgainSeconds: 1 });
      expect(await check(160)).toMatchObject({ done: true, waitingFor: [] });
    });

    it('not while connections may come, whatever load balancers say: they are not even asked', async () => {
      await leave();
      balancers.state.broken.set('health web', new Error('Rate exceeded'));
      expect(await check(60)).toEqual({
        done: false,
        waitingFor: ['2026-03-01T12:02:40.000Z, until when load balancers may open connections'],
        lookAgainSeconds: 100,
      });
      await expect(check(160)).rejects.toThrow('Rate exceeded');
    });

    it.each(['shutting-down', 'terminated', 'stopped'] as const)(
      'whatever load balancers say, once no connection comes any more and EC2 says that it is %s',
      async (state) => {
        await leave();
        expect(await check(160)).toMatchObject({ done: false });
        balancers.state.ec2.set('i-1', state);
        expect(await check(160)).toMatchObject({ done: true, waitingFor: [] });
        balancers.state.broken.set('health web', new Error('Rate exceeded'));
        expect(await check(160)).toMatchObject({ done: true, waitingFor: [] });
      },
    );

    it('when its deregistration delay is over, where load balancers are asked too often to tell', async () => {
      await leave();
      balancers.state.broken.set('health web', new AwsThrottled('Rate exceeded'));
      expect(await check(170)).toEqual({
        done: false,
        waitingFor: [
          '2026-03-01T12:05:00.000Z, when its deregistration is over: load balancers are asked too often to tell',
        ],
        lookAgainSeconds: 132,
      });
      expect(await check(301)).toMatchObject({ done: false, lookAgainSeconds: 1 });
      expect(await check(302)).toMatchObject({ done: true, waitingFor: [] });
    });

    it('by the time alone only after an hour, where nobody could say what its target group lets connections take', async () => {
      balancers.state.broken.set('delay of web', new AwsThrottled('Rate exceeded'));
      expect(await leave()).toMatchObject({ outAt: later(3600).toISOString() });
    });

    it('not by the time alone while another load balancer says that it is in', async () => {
      balancers.aClassic('old', 'i-1');
      await leave();
      balancers.state.broken.set('health web', new AwsThrottled('Rate exceeded'));
      expect(await check(400)).toMatchObject({ done: false, waitingFor: [expect.stringContaining('old i-1')] });
      balancers.state.classic.set('old', []);
      expect(await check(400)).toMatchObject({ done: true });
    });

    it('when its deregistration delay is over, where nobody could note where it was', async () => {
      const unnoted = () =>
        checkDeregistration({ ...node, quietUntil: later(10), outAt: later(300), early: false }, balancers, later(299));
      expect(await unnoted()).toMatchObject({
        done: false,
        waitingFor: ['2026-03-01T12:05:00.000Z, when its deregistration is over: where it was registered is not noted'],
        lookAgainSeconds: 1,
      });
      const noTime = { ...node, quietUntil: later(0), outAt: later(0), early: false };
      expect(await checkDeregistration(noTime, balancers, later(0))).toMatchObject({ done: true });
    });

    it('at an early look already, when EC2 has taken it meanwhile: later looks leave EC2 alone as long as connections may come', async () => {
      await leave();
      balancers.state.ec2.set('i-1', 'shutting-down');
      expect(await check(30)).toMatchObject({ done: false });
      expect(await check(30, true)).toMatchObject({ done: true, waitingFor: [] });
    });

    it('not for EC2 running it, nor for EC2 not answering', async () => {
      await leave();
      balancers.state.ec2.set('i-1', 'running');
      expect(await check(160)).toMatchObject({ done: false });
      balancers.state.broken.set('describe instances i-1', new Error('Rate exceeded'));
      expect(await check(160)).toMatchObject({ done: false });
    });

    it('also when its target is unused', async () => {
      await leave();
      balancers.aTarget('web', 'i-1', { state: 'unused', reason: 'Target.InvalidState' });
      expect(await check(160)).toMatchObject({ done: true });
    });

    it.each([
      [300, 3],
      [3600, 14],
    ])('after a delay of %d s and at most %d looks', (delay, most) => {
      let looks = 0;
      for (let seconds = 160, wait = 0; wait !== -1; seconds += wait) {
        const draining = seconds < delay ? ['web'] : [];
        const { done, lookAgainSeconds } = deregistrationCheck(
          draining,
          { quietUntil: later(160), outAt: later(delay) },
          later(seconds),
        );
        wait = done ? -1 : lookAgainSeconds;
        looks += 1;
      }
      expect(looks).toBeLessThanOrEqual(most);
    });

    it('later than was to be expected: each wait is a tenth of the delay, a quarter of a minute at least', () => {
      const expected = { quietUntil: later(160), outAt: later(300) };
      expect(deregistrationCheck(['web'], expected, later(310)).lookAgainSeconds).toBe(15);
      expect(deregistrationCheck(['web'], expected, later(1300)).lookAgainSeconds).toBe(100);
    });
  });
});
