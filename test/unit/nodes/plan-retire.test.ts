import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { inspectDeparture } from '../../../src/nodes/inspect-departure.ts';
import { type PlanRetireInput, planRetire } from '../../../src/nodes/plan-retire.ts';
import type { RetirePolicy, RetireSignal } from '../../../src/nodes/retire-ports.ts';
import { anInstance, groupName, instanceId, later, noon, privateDnsName } from '../../support/nodes/healthy.ts';
import { aRetireInput, aRetirePolicy, aTerminateHook, FakeRetirement } from '../../support/nodes/retiring.ts';

let world: FakeRetirement;
beforeEach(() => {
  world = new FakeRetirement();
});

const plan = (changes: Partial<PlanRetireInput> = {}, retire: Partial<RetirePolicy['retire']> = {}) =>
  planRetire(aRetireInput(changes), world.ports, aRetirePolicy(retire), noon);
const hookSignal = { signal: 'terminate-hook', hookSince: later(-60).toISOString() } as const;

describe('an instance that is terminated, whose name EC2 has taken away', () => {
  beforeEach(() => {
    world.aws.with(anInstance({ state: 'terminated', privateDnsName: '', privateIpAddress: '' }));
    world.aws.state.memberships.clear();
  });
  const terminated = () => plan({ signal: 'instance-terminated' });

  it('needs no drain when its Node is gone, too: an ordinary retirement costs no second one', async () => {
    world.nodeByInstance = 'none';
    expect(await terminated()).toMatchObject({ verdict: 'aside', why: 'its instance and its Node are gone' });
  });

  it('is cleaned up after by the name and the address that its Node tells', async () => {
    world.nodeByInstance = { name: privateDnsName, internalIp: '10.0.1.24', isReady: true };
    expect(await terminated()).toMatchObject({
      verdict: 'drain',
      nodeName: privateDnsName,
      ipAddress: '10.0.1.24',
      leaves: true,
    });
  });

  it('is cleaned up after, whatever its name, while the API server cannot be asked', async () => {
    expect(await terminated()).toMatchObject({ verdict: 'drain', nodeName: '' });
  });
});

describe('an instance that was stopped', () => {
  it.each(['running', 'pending'] as const)('and is %s again keeps its pods and its load balancers', async (state) => {
    world.aws.with(anInstance({ state }));
    const why = 'its instance was stopped, and is up again';
    expect(await plan({ signal: 'instance-stopped' })).toMatchObject({ verdict: 'aside', why });
  });

  it.each(['stopped', 'stopping'] as const)('is cleaned up after while it is %s', async (state) => {
    world.aws.with(anInstance({ state }));
    expect((await plan({ signal: 'instance-stopped' })).verdict).toBe('drain');
  });
});

describe('an instance that is said to be terminated', () => {
  it.each(['running', 'pending'] as const)('and is %s keeps its pods', async (state) => {
    world.aws.with(anInstance({ state }));
    const why = `its instance is ${state}, not terminated`;
    expect(await plan({ signal: 'instance-terminated' })).toMatchObject({ verdict: 'aside', why, leaves: false });
  });

  it('and is up still, but on its way out, is emptied', async () => {
    world.in('Terminating:Proceed');
    expect((await plan({ signal: 'instance-terminated' })).verdict).toBe('drain');
  });

  it.each([
    [true, { verdict: 'aside', leaves: false }],
    [false, { verdict: 'drain', leaves: true }],
  ])('and that EC2 does not know is doubted while its Node is Ready: %s', async (isReady, planned) => {
    world.forgotten();
    world.nodeByInstance = { name: privateDnsName, internalIp: '', isReady };
    expect(await plan({ signal: 'instance-terminated' })).toMatchObject(planned);
    expect(await plan({ signal: 'instance-terminated', nodeName: privateDnsName })).toMatchObject(planned);
  });
});

describe('a terminate hook', () => {
  beforeEach(() => {
    world.in('Terminating:Wait');
  });

  it('gives the drain all its time since it began to wait, but two minutes to undo and answer in', async () => {
    expect(await plan(hookSignal)).toMatchObject({
      verdict: 'drain',
      voluntary: false,
      hasHook: true,
      hookName: 'tender-terminate',
      leaves: true,
      deadline: later(30_000 - 60 - 120).toISOString(),
    });
  });

  it.each([
    [300, 150],
    [30, 15],
    [7200, 3600],
  ])(
    'of %i s is kept alive every %i s, reckoned from when it began',
    async (heartbeatTimeoutSeconds, heartbeatSeconds) => {
      world.set({ hooks: [aTerminateHook({ heartbeatTimeoutSeconds })] });
      const heartbeatDue = later(heartbeatSeconds - 60).toISOString();
      expect(await plan(hookSignal)).toMatchObject({ heartbeatSeconds, heartbeatDue });
    },
  );

  it('that waits makes a run by hand involuntary, and is kept alive at once, since nobody knows since when', async () => {
    expect(await plan()).toMatchObject({ voluntary: false, hasHook: true, heartbeatDue: noon.toISOString() });
  });

  it('is told faster than Auto Scaling shows it', async () => {
    world.in('InService');
    expect(await plan(hookSignal)).toMatchObject({ hasHook: true, voluntary: false, verdict: 'drain' });
  });

  it.each(['Terminating:Proceed', 'Terminating:Retained'])('does not wait any more at %s', async (state) => {
    world.in(state);
    expect((await plan(hookSignal)).hasHook).toBe(false);
  });

  it('of another name is not ours; one that the group names is', async () => {
    world.set({ hooks: [aTerminateHook({ name: 'theirs' })] });
    expect((await plan(hookSignal)).hasHook).toBe(false);
    const tags = { ...world.group?.tags, 'tender:terminate-hook': 'theirs' };
    world.set({ tags });
    expect(await plan(hookSignal)).toMatchObject({ hasHook: true, hookName: 'theirs' });
  });

  it('is not answered by a signal that is ignored: its own execution drains', async () => {
    expect(await plan({ signal: 'rebalance-recommendation' })).toMatchObject({ verdict: 'ignore', hasHook: false });
  });

  it('lets the earliest end count', async () => {
    const spot = later(118).toISOString();
    expect((await plan({ signal: 'spot-interruption', deadline: spot })).deadline).toBe(spot);
    expect((await plan({ ...hookSignal, deadline: later(90_000).toISOString() })).deadline).toBe(
      later(29_820).toISOString(),
    );
  });

  it('of an instance whose group is gone speaks by the instance’s own tags', async () => {
    world.groups.clear();
    expect(await plan(hookSignal)).toMatchObject({ verdict: 'drain', hasHook: false, leaves: true });
  });
});

describe('when the drain fails', () => {
  it.each([
    ['continue', false, 'continue'],
    ['expire', false, 'expire'],
    ['abandon-and-retain', true, 'abandon-and-retain'],
    // ABANDON would terminate it all the same (S5).
    ['abandon-and-retain', false, 'continue'],
  ] as const)('%s, where the group retains: %s, means %s', async (whenDrainFails, retainsOnAbandon, expected) => {
    world.set({ retainsOnAbandon });
    expect((await plan(hookSignal, { whenDrainFails })).whenDrainFails).toBe(expected);
  });
});

describe('the policy of a signal', () => {
  it.each([
    ['rebalance-recommendation', {}, 'ignore'],
    ['rebalance-recommendation', { rebalance: 'cordon' }, 'cordon'],
    ['rebalance-recommendation', { rebalance: 'retire' }, 'drain'],
    ['scheduled-maintenance', {}, 'drain'],
    ['scheduled-maintenance', { maintenance: 'ignore' }, 'ignore'],
  ] as const)('%s with %o: %s', async (signal, retire, verdict) => {
    expect((await plan({ signal }, retire)).verdict).toBe(verdict);
  });

  it.each(['worker', 'control-plane', 'etcd'] as const)(
    'that ignores it is asked before anything is refused (%s)',
    async (role) => {
      world.as(role);
      expect((await plan({ signal: 'rebalance-recommendation' })).verdict).toBe('ignore');
    },
  );

  it('launches first for a rebalance only: nothing else leaves the time', async () => {
    const retire = { rebalance: 'retire', launchFirst: true } as const;
    expect((await plan({ signal: 'rebalance-recommendation' }, retire)).launchFirst).toBe(true);
    expect((await plan({ signal: 'manual' }, retire)).launchFirst).toBe(false);
    expect((await plan({ signal: 'spot-interruption' }, retire)).launchFirst).toBe(false);
  });

  it('waits for targets, also on spot as long as that has, but not on an instance that is off', async () => {
    expect((await plan()).waitForTargets).toBe(true);
    expect((await plan({ signal: 'spot-interruption' })).waitForTargets).toBe(true);
    world.aws.with(anInstance({ state: 'stopped' }));
    expect((await plan({ signal: 'instance-stopped' })).waitForTargets).toBe(false);
  });
});

describe('a group that launches nobody', () => {
  const resume = `aws autoscaling resume-processes --auto-scaling-group-name ${groupName} --scaling-processes Launch`;

  it.each(['manual', 'rebalance-recommendation', 'scheduled-maintenance', 'repair'] as const)(
    'is said in the plan of what goes by choice, with the command that ends it (%s)',
    async (signal) => {
      world.set({ launchesNobody: true });
      const planned = await plan({ signal }, { rebalance: 'retire' });
      expect(planned).toMatchObject({ verdict: 'drain', unreplaced: expect.stringContaining(resume) });
    },
  );

  it('is no matter where the replacement is in service, an update sees to it, or the instance goes anyway', async () => {
    world.set({ launchesNobody: true });
    expect((await plan({ replaced: true })).unreplaced).toBe('');
    expect((await plan({ signal: 'update' })).unreplaced).toBe('');
    expect((await plan({ signal: 'spot-interruption' })).unreplaced).toBe('');
    expect(await plan(hookSignal)).toMatchObject({ verdict: 'drain', unreplaced: '' });
    world.set({ launchesNobody: false });
    expect((await plan()).unreplaced).toBe('');
  });
});

describe('somebody else’s node', () => {
  it('of a managed node group is refused, and emptied when it goes anyway', async () => {
    world.set({ tags: { ...world.group?.tags, 'eks:nodegroup-name': 'ng' } });
    expect(await plan()).toMatchObject({
      verdict: 'refuse',
      passes: false,
      why: expect.stringContaining('managed node group'),
    });
    expect((await plan({ signal: 'spot-interruption' })).verdict).toBe('drain');
  });

  it('of Karpenter is refused by its tag on the instance', async () => {
    world.in(undefined).tags = { 'tender:cluster': 'demo', 'karpenter.sh/nodepool': 'default' };
    expect(await plan()).toMatchObject({ verdict: 'refuse', why: expect.stringContaining('Karpenter') });
  });

  it('in an instance refresh is refused while that is at work', async () => {
    world.set({ instanceRefreshes: 1 });
    const refused = { verdict: 'refuse', passes: true, why: expect.stringContaining('instance refresh') };
    expect(await plan()).toMatchObject(refused);
    expect((await plan(hookSignal)).verdict).toBe('drain');
  });

  it('is refused while nobody can say whether an instance refresh is at work, and goes where it goes anyway', async () => {
    world.set({ instanceRefreshes: 'unknown' });
    const why = expect.stringContaining('nobody can say whether an instance refresh of group');
    expect(await plan()).toMatchObject({ verdict: 'refuse', passes: true, why });
    expect((await plan(hookSignal)).verdict).toBe('drain');
  });

  it.each(['Standby', 'Pending:Wait', 'Detaching', 'Terminating:Retained'])('at %s is refused', async (state) => {
    world.in(state);
    expect(await plan()).toMatchObject({ verdict: 'refuse', why: expect.stringContaining(state) });
  });

  it('of another cluster, or of none, is an error', async () => {
    world.set({ tags: { 'tender:cluster': 'other' } });
    await expect(plan()).rejects.toMatchObject({
      name: 'InstanceNotManaged',
      message: expect.stringContaining('other'),
    });
    world.in(undefined).tags = {};
    await expect(plan()).rejects.toThrow('in no Auto Scaling group');
  });
});

describe('control planes and etcd', () => {
  it.each([
    ['kept', 'drain'],
    ['unknown', 'refuse'],
    ['lost', 'refuse'],
  ] as const)('a quorum that is %s means %s, where it is ours to choose', async (quorum, verdict) => {
    world.as('control-plane').quorumWithout = quorum;
    const planned = await plan();
    expect(planned.verdict).toBe(verdict);
    if (verdict === 'refuse') expect(planned.why).toContain(': member b is silent');
    expect((await plan({ signal: 'spot-interruption' })).verdict).toBe('drain');
    expect(world.quorumAsked).toBe(1);
  });

  it('maintenance of a control plane with an unknown quorum is refused', async () => {
    world.as('control-plane');
    expect((await plan({ signal: 'scheduled-maintenance' })).verdict).toBe('refuse');
  });

  it('an etcd member is no node: refused, or left aside when it goes anyway', async () => {
    world.as('etcd');
    expect((await plan()).verdict).toBe('refuse');
    world.in('Terminating:Wait');
    expect(await plan(hookSignal)).toMatchObject({ verdict: 'aside', hasHook: true });
  });
});

describe('the event of a terminate hook that comes late', () => {
  const late = { signal: 'terminate-hook', hookSince: later(-121).toISOString() } as const;

  it.each(['InService', 'Standby', 'Pending:Wait', 'Terminating:Retained'])(
    'leaves an instance alone that is %s',
    async (state) => {
      world.in(state);
      const why = `its hook is over: it is ${state}`;
      expect(await plan(late)).toMatchObject({ verdict: 'aside', why, hasHook: false, leaves: false });
    },
  );

  it('leaves an instance alone that is up and in no group, and nobody’s time makes it young', async () => {
    world.in(undefined);
    const why = 'its hook is over: it is up, in no Auto Scaling group';
    expect(await plan(late)).toMatchObject({ verdict: 'aside', why, leaves: false });
    world.in('InService');
    expect(await plan({ signal: 'terminate-hook' })).toMatchObject({ verdict: 'aside', leaves: false });
  });

  it.each([
    ['Terminating:Wait', true],
    ['Terminating', false],
    ['Terminating:Proceed', false],
    ['Warmed:Pending:Wait', true],
    ['Warmed:Stopped', true],
  ])('is followed for an instance that is %s', async (state, hasHook) => {
    world.in(state);
    expect(await plan(late)).toMatchObject({ verdict: 'drain', hasHook, leaves: true });
  });

  it('is followed while it is young, since Auto Scaling may not show it yet', async () => {
    const young = { ...late, hookSince: later(-120).toISOString() };
    expect(await plan(young)).toMatchObject({ verdict: 'drain', hasHook: true, leaves: true });
  });
});

describe('the warm pool', () => {
  it.each([
    ['Warmed:Terminating:Wait', 'terminate-hook', 'aside'],
    ['Warmed:Stopped', 'instance-stopped', 'aside'],
    ['Warmed:Running', 'manual', 'aside'],
    // Scale-in with a reuse policy: a node that returns to the pool is emptied as any other.
    ['Warmed:Pending:Wait', 'terminate-hook', 'drain'],
  ] as const)('%s and %s: %s', async (state, signal, verdict) => {
    world.in(state);
    expect((await plan({ signal })).verdict).toBe(verdict);
  });

  it('an instance that returns to it has a hook that waits', async () => {
    world.in('Warmed:Pending:Wait');
    expect(await plan(hookSignal)).toMatchObject({ hasHook: true, leaves: true });
  });

  it.each([
    [true, 'Warmed:Pending:Wait', true],
    [true, 'Warmed:Running', true],
    [true, 'Terminating:Wait', false],
    [true, 'Warmed:Terminating:Wait', false],
    [false, 'Warmed:Pending:Wait', false],
  ])(
    'that keeps kubelets: %s, of an instance in %s: its Node stays: %s',
    async (poolKeepsKubelets, state, nodeStays) => {
      world.in(state).set({ poolKeepsKubelets });
      expect(await plan(hookSignal)).toMatchObject({ nodeStays });
    },
  );

  it('keeps a Node by what the event says, while Auto Scaling does not show it yet', async () => {
    world.in('InService').set({ poolKeepsKubelets: true });
    expect(await plan({ ...hookSignal, intoPool: true })).toMatchObject({ hasHook: true, nodeStays: true });
    expect(await plan(hookSignal)).toMatchObject({ hasHook: true, nodeStays: false });
  });

  it('keeps no Node of a control-plane instance, which has left etcd', async () => {
    world.in('Warmed:Pending:Wait').as('control-plane').set({ poolKeepsKubelets: true });
    expect(await plan(hookSignal)).toMatchObject({ nodeStays: false });
  });

  it('that lets an instance go for good has its Node deleted, where it kept one', async () => {
    world.in('Warmed:Terminating:Wait');
    world.nodeByInstance = { name: privateDnsName, internalIp: '10.0.1.24', isReady: true };
    expect(await plan(hookSignal)).toMatchObject({ verdict: 'drain', hasHook: true, leaves: true, nodeStays: false });
    world.nodeByInstance = 'none';
    expect(await plan(hookSignal)).toMatchObject({ verdict: 'aside', hasHook: true });
  });

  it('an instance that returns to it is known by its Node where the event was lost, and emptied for a person who asks', async () => {
    world.in('Warmed:Pending:Wait');
    world.nodeByInstance = { name: privateDnsName, internalIp: '10.0.1.24', isReady: true };
    expect(await plan()).toMatchObject({ verdict: 'drain', voluntary: false, hasHook: true, leaves: true });
    for (const nobody of ['none', 'unknown'] as const) {
      world.nodeByInstance = nobody;
      expect(await plan()).toMatchObject({ verdict: 'aside', hasHook: false, leaves: false });
    }
  });
});

describe('an instance that is gone', () => {
  it('is drained without choice, and its Node found by its provider id', async () => {
    world.forgotten();
    expect(await plan({ signal: 'instance-terminated' })).toMatchObject({
      verdict: 'drain',
      leaves: true,
      nodeName: '',
      ipAddress: '',
      voluntary: false,
    });
    expect(await plan()).toMatchObject({ verdict: 'refuse', why: expect.stringContaining('EC2 does not know') });
  });

  it('has no private name any more when it terminates', async () => {
    world.aws.with(anInstance({ state: 'terminated', privateDnsName: '', privateIpAddress: '' }));
    expect(await plan({ signal: 'instance-terminated' })).toMatchObject({ nodeName: '', leaves: true });
  });

  it('and was named by its Node is found through it', async () => {
    expect(await plan({ instanceId: '', nodeName: privateDnsName })).toMatchObject({
      instanceId,
      nodeName: privateDnsName,
    });
  });
});

it.each(['2027-06-05T15:10:09+05:00', '2027-06-05T10:10:09Z', 'Sat, 05 Jun 2027 10:10:09 GMT'])(
  'a deadline is told in UTC, however a person has written it: %s',
  async (deadline) => {
    expect((await plan({ signal: 'manual', deadline })).deadline).toBe('2027-06-05T10:10:09.000Z');
  },
);

describe('the wait for a place in the budget', () => {
  it('lasts a day where nothing hurries, and leaves the drain its time before a deadline', async () => {
    expect((await plan()).leaseUntil).toBe(later(86_400).toISOString());
    expect((await plan({ notAfter: later(600).toISOString() })).leaseUntil).toBe(later(600).toISOString());
    const signal = 'scheduled-maintenance';
    expect((await plan({ signal, deadline: later(7200).toISOString() })).leaseUntil).toBe(later(5400).toISOString());
    const inWeeks = await plan({ signal, deadline: later(14 * 86_400).toISOString() });
    // Only when a drain would not fit before it any more is it no choice.
    const lastStart = later(14 * 86_400 - 1800).toISOString();
    expect(inWeeks).toMatchObject({ leaseUntil: lastStart, lastStart });
    const begun = await plan({ signal, deadline: later(-60).toISOString() });
    expect(begun).toMatchObject({ deadline: '', lastStart: '', leaseUntil: later(86_400).toISOString() });
    expect((await plan()).lastStart).toBe('');
    expect((await plan({ signal, deadline: later(600).toISOString() })).leaseUntil).toBe(noon.toISOString());
  });
});

it('law: what goes anyway is never refused, and what is refused is voluntary and touches no hook', async () => {
  const signal = fc.constantFrom<RetireSignal>(
    ...(['terminate-hook', 'spot-interruption', 'rebalance-recommendation', 'scheduled-maintenance'] as const),
    ...(['instance-stopped', 'instance-terminated', 'manual'] as const),
  );
  const state = fc.constantFrom(
    'InService',
    'Standby',
    'Pending:Wait',
    'Terminating:Wait',
    'Terminating:Proceed',
    'Warmed:Stopped',
    undefined,
  );
  const role = fc.constantFrom('worker', 'control-plane', 'etcd');
  const retire = fc.record({
    rebalance: fc.constantFrom('ignore', 'cordon', 'retire'),
    maintenance: fc.constantFrom('retire', 'ignore'),
  });
  await fc.assert(
    fc.asyncProperty(signal, state, role, retire, fc.nat(1), async (kind, place, as, policy, instanceRefreshes) => {
      world = new FakeRetirement()
        .in(place)
        .as(as as 'worker')
        .set({ instanceRefreshes });
      const { verdict, voluntary, hasHook, leaseUntil } = await plan(
        { signal: kind },
        policy as RetirePolicy['retire'],
      );
      if (['terminate-hook', 'spot-interruption', 'instance-stopped', 'instance-terminated'].includes(kind))
        expect([voluntary, verdict === 'refuse']).toEqual([false, false]);
      if (verdict === 'refuse' || verdict === 'ignore') expect(hasHook).toBe(false);
      if (verdict === 'refuse' || verdict === 'cordon') expect(voluntary).toBe(true);
      expect(Date.parse(leaseUntil)).toBeGreaterThanOrEqual(noon.getTime());
    }),
  );
});

describe('what a dead retirement left', () => {
  const left = (retire: Partial<RetirePolicy['retire']> = {}) =>
    inspectDeparture({ instanceId }, world.ports, aRetirePolicy(retire), noon);

  it('is a node in service to be put back', async () => {
    const names = { nodeName: privateDnsName, groupName, hookName: 'tender-terminate' };
    expect(await left()).toEqual({
      instance: 'there',
      leaves: false,
      pooled: false,
      nodeStays: false,
      hookWaits: false,
      mayExpire: false,
      ...names,
    });
  });

  it('is a hook that waits, or one that the policy leaves to itself', async () => {
    world.in('Terminating:Wait');
    expect(await left()).toMatchObject({ hookWaits: true, leaves: true, mayExpire: false });
    expect(await left({ whenDrainFails: 'expire' })).toMatchObject({ hookWaits: true, mayExpire: true });
  });

  it('is a hook that waits on the way into the warm pool, whether the Node is still there or not', async () => {
    world.in('Warmed:Pending:Wait');
    world.nodeByInstance = 'none';
    expect(await left()).toMatchObject({ hookWaits: true, leaves: true, pooled: true });
  });

  it('is an instance in the warm pool, which is put back behind no load balancer', async () => {
    world.in('Warmed:Running');
    expect(await left()).toMatchObject({ hookWaits: false, leaves: false, pooled: true });
  });

  it('is an instance that was retained and stays, so that its marks are undone', async () => {
    world.in('Terminating:Retained');
    expect(await left()).toMatchObject({ instance: 'there', leaves: false, hookWaits: false });
  });

  it('is nothing when the instance is gone', async () => {
    world.forgotten();
    expect(await left()).toMatchObject({ instance: 'gone', leaves: true, hookWaits: false, nodeName: '' });
  });

  it('is a node without a group, whose marks are ours all the same', async () => {
    world.in(undefined).tags = {};
    expect(await left()).toMatchObject({ instance: 'there', leaves: false, groupName: '' });
  });
});

describe('while the andon is on', () => {
  beforeEach(() => {
    world.andon = { reason: 'we look at the network', since: '2026-03-01T12:00:00Z', by: 'ann' };
  });

  it.each(['manual', 'repair', 'rebalance-recommendation', 'scheduled-maintenance'] as const)(
    'what could be left is refused: %s',
    async (signal) => {
      expect(await plan({ signal }, { rebalance: 'retire' })).toMatchObject({
        verdict: 'refuse',
        why: 'the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network',
      });
    },
  );

  it.each(['terminate-hook', 'spot-interruption', 'instance-stopped', 'instance-terminated'] as const)(
    'what goes anyway does not ask about it: %s',
    async (signal) => {
      if (signal === 'terminate-hook') world.in('Terminating:Wait');
      if (signal === 'instance-stopped') world.aws.with(anInstance({ state: 'stopped' }));
      if (signal === 'instance-terminated') world.aws.with(anInstance({ state: 'terminated' }));
      expect(await plan({ signal })).toMatchObject({ verdict: 'drain' });
      expect(world.andonRead).toBe(0);
    },
  );
});

it('a node that is repaired is replaced first where the policy launches first', async () => {
  expect(await plan({ signal: 'repair', launchFirst: true })).toMatchObject({ launchFirst: true });
  expect(await plan({ signal: 'repair' })).toMatchObject({ launchFirst: false });
  // An update has launched its replacements by then.
  expect(await plan({ signal: 'update' }, { launchFirst: true })).toMatchObject({
    launchFirst: false,
    voluntary: true,
  });
  expect(await plan({ signal: 'manual', launchFirst: true })).toMatchObject({ launchFirst: false });
  expect(await plan({ signal: 'repair' }, { launchFirst: true })).toMatchObject({ launchFirst: true, voluntary: true });
  expect(await plan({ signal: 'manual' }, { launchFirst: true })).toMatchObject({ launchFirst: false });
});
