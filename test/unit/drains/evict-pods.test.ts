import { beforeEach, describe, expect, it } from 'vitest';
import { type EvictPodsInput, type EvictPodsOutcome, evictPods } from '../../../src/drains/evict-pods.ts';
import type { DrainPolicy } from '../../../src/drains/ports.ts';
import { FakeDrainWorld } from '../../support/drains/fake-drain-world.ts';
import {
  aBudget,
  aClaimOnInstance,
  aDrainPod,
  aDrainPolicy,
  aTightBudget,
  aVolume,
  instanceId,
  later,
  nodeName,
  noon,
  owner,
  somePods,
} from '../../support/drains/healthy.ts';

const leaving = { deletionTimestamp: noon.toISOString() };
let world: FakeDrainWorld;
let input: EvictPodsInput;
let policy: DrainPolicy;

beforeEach(() => {
  world = new FakeDrainWorld();
  policy = aDrainPolicy();
  const times = { startedAt: noon.toISOString(), progressAt: noon.toISOString(), deadline: '' };
  input = { cluster: 'demo', instanceId, nodeName, owner, voluntary: true, ...times, podsLeft: -1, told: '' };
});

/** A look at so many seconds after noon; the next one goes on from it, as the state machine does. */
async function look(seconds = 0): Promise<EvictPodsOutcome> {
  const outcome = await evictPods(input, world.ports, policy, later(seconds));
  const { voluntary, progressAt, podsLeft, told } = outcome;
  input = { ...input, voluntary, progressAt, podsLeft, told };
  return outcome;
}

describe('a look at a node', () => {
  it('asks what may go, finds it going, and is done when it has gone', async () => {
    world.with(...somePods(2));
    expect(await look()).toMatchObject({ next: 'wait', evicted: 2, podsLeft: 2, lookAgainSeconds: 1 });
    expect(await look(1)).toMatchObject({
      next: 'wait',
      evicted: 0,
      blockers: [expect.stringContaining('Terminating'), expect.anything()],
    });
    world.leave('web-1', 'web-2');
    expect(await look(30)).toMatchObject({ next: 'drained', podsLeft: 0 });
    expect(world.reasons.at(-1)).toBe('NodeDrained');
  });

  it('makes no request that a budget would refuse', async () => {
    world.with(...somePods(5)).state.budgets = [aBudget({ disruptionsAllowed: 2 })];
    await look();
    expect(world.state.evicted).toEqual(['web-1', 'web-2']);
    expect(world.state.asked.filter((asked) => asked.startsWith('evict'))).toHaveLength(2);
  });

  it('names the budget by its namespace when somebody else was faster with its last disruption', async () => {
    world
      .with(aDrainPod())
      .state.answers.set('web-1', { kind: 'blocked', budget: 'web', message: 'needs 2 and has 2' });
    expect(await look()).toMatchObject({ next: 'wait', evicted: 0, told: 'shop/web-1 shop/web' });
  });

  it.each([
    ['several-budgets', 'more than one PodDisruptionBudget'],
    ['refused', 'admission webhook says no'],
  ] as const)('names a pod whose eviction is answered by %s', async (kind, message) => {
    world.with(aDrainPod()).state.answers.set('web-1', { kind, message });
    expect((await look()).blockers).toEqual([`shop/web-1: ${message}`]);
  });

  it('waits as long as a busy API server asks, and never past the next timer', async () => {
    world.with(aDrainPod()).state.answers.set('web-1', { kind: 'throttled', retryAfterSeconds: 20 });
    expect(await look()).toMatchObject({ next: 'wait', blockers: [], lookAgainSeconds: 20 });
    expect(await look(895)).toMatchObject({ lookAgainSeconds: 5 });
  });

  it('does not wait for volumes of pods that stay, and waits for all others', async () => {
    world.with(aDrainPod({ name: 'logs', ownerKind: 'DaemonSet', claims: ['cache'] })).state.volumes = [
      aVolume({ claim: 'shop/cache' }),
    ];
    expect(await look()).toMatchObject({ next: 'drained' });
    world.state.volumes = [aVolume({ claim: undefined })];
    expect(await look()).toMatchObject({ next: 'wait', podsLeft: 0 });
  });

  it.each(['Succeeded', 'Failed'])(
    'waits for the volumes of a pod that has ended (%s) and is still being put away',
    async (phase) => {
      const ended = aDrainPod({ name: 'db-0', phase, claims: ['data-db-0'], ...leaving });
      world.with(ended).state.volumes = [aVolume()];
      expect(await look()).toMatchObject({ next: 'wait', podsLeft: 0, blockers: [expect.stringContaining('pv-1')] });
      world.state.volumes = [];
      expect(await look(5)).toMatchObject({ next: 'drained' });
    },
  );

  it('waits for the volumes of a pod that nobody was to disturb, when it has done its work', async () => {
    const annotations = { 'tender.sh/do-not-disrupt': 'true' };
    const job = aDrainPod({ name: 'job', claims: ['data-db-0'], annotations });
    world.with(job).state.volumes = [aVolume()];
    expect(await look()).toMatchObject({ next: 'wait', podsLeft: 1 });
    world.with({ ...job, phase: 'Succeeded', ready: false });
    expect(await look(60)).toMatchObject({ next: 'wait', podsLeft: 0, blockers: [expect.stringContaining('pv-1')] });
    world.state.volumes = [];
    expect(await look(65)).toMatchObject({ next: 'drained' });
  });

  it('waits for a volume that a pod which has finished had shared with one that was evicted', async () => {
    const backup = aDrainPod({ name: 'backup', phase: 'Succeeded', claims: ['data-db-0'] });
    world.with(backup).state.volumes = [aVolume()];
    expect(await look()).toMatchObject({ next: 'wait', podsLeft: 0 });
  });

  it('does not wait for the volumes of a finished pod where the kubelet is told to keep them', async () => {
    world.set({ annotations: { 'volumes.kubernetes.io/keep-terminated-pod-volumes': 'true' } });
    world.with(aDrainPod({ name: 'job', phase: 'Succeeded', claims: ['data-db-0'] })).state.volumes = [aVolume()];
    expect(await look()).toMatchObject({ next: 'drained' });
  });

  it('fails when the API server is away: the state machine waits', async () => {
    world.state.reachable = false;
    await expect(look()).rejects.toMatchObject({ name: 'ClusterUnreachable' });
  });
});

describe('the end of the time', () => {
  it('gives up, names every blocker in an Event, and evicts nothing any more', async () => {
    world.with(...somePods(2)).state.budgets = [aTightBudget()];
    expect(await look(900)).toMatchObject({
      next: 'time-up',
      podsLeft: 2,
      blockers: [expect.stringContaining('shop/web'), expect.anything()],
    });
    expect(world.state.events.at(-1)).toMatchObject({
      type: 'Warning',
      reason: 'DrainGaveUp',
      message: expect.stringContaining('shop/web-2'),
    });
    expect([world.state.evicted, world.state.deleted]).toEqual([[], []]);
  });

  it('gives a pod its own grace and at most what is left', async () => {
    policy = aDrainPolicy({ whenTimeIsUp: 'capped-grace', graceCapSeconds: 60 });
    world.with(aDrainPod(), aDrainPod({ name: 'slow', gracePeriodSeconds: 3600 })).state.budgets = [aTightBudget()];
    await look(900);
    expect(world.state.deleted).toEqual([
      { pod: 'web-1', graceSeconds: 30 },
      { pod: 'slow', graceSeconds: 50 },
    ]);
  });

  it('deletes by force, and does not count a pod that a finalizer holds as gone at each look', async () => {
    policy = aDrainPolicy({ whenTimeIsUp: 'force-delete' });
    world.with(aDrainPod({ ...leaving, finalizers: ['example.com/backup'] }));
    world.state.claim = aClaimOnInstance({ deadline: later(1860).toISOString() });
    await look(1790);
    expect(await look(1800)).toMatchObject({
      next: 'wait',
      evicted: 0,
      blockers: [expect.stringContaining('example.com/backup')],
    });
    expect(world.state.deleted).toEqual([{ pod: 'web-1', graceSeconds: 0 }]);
    expect(await look(1860)).toMatchObject({
      next: 'time-up',
      blockers: [expect.stringContaining('example.com/backup')],
    });
  });
});

describe('the claim', () => {
  it.each([true, false])('of another execution ends it (voluntary: %s), and nothing is touched', async (voluntary) => {
    input = { ...input, voluntary };
    world.with(aDrainPod()).state.claim = aClaimOnInstance({ owner: 'another' });
    expect(await look()).toMatchObject({ next: 'lost', evicted: 0 });
    expect(world.state.evicted).toEqual([]);
  });

  it('that is gone stops what is voluntary; what goes anyway goes on', async () => {
    world.with(aDrainPod()).state.claim = undefined;
    expect((await look()).next).toBe('lost');
    input = { ...input, voluntary: false };
    expect(await look()).toMatchObject({ next: 'wait', evicted: 1 });
  });

  it('that cannot be read stops what is voluntary; what goes anyway goes on by its own deadline', async () => {
    world.with(aDrainPod()).state.claimStoreIsUp = false;
    await expect(look()).rejects.toMatchObject({ name: 'AwsUnavailable' });
    input = { ...input, voluntary: false, deadline: later(120).toISOString() };
    expect(await look()).toMatchObject({ evicted: 1, deadline: later(120).toISOString() });
  });

  it('brings the deadline of a later signal forward, and makes the drain involuntary for good', async () => {
    world.with(aDrainPod({ annotations: { 'tender.sh/do-not-disrupt': 'true' } }));
    expect(await look()).toMatchObject({ voluntary: true, evicted: 0, deadline: later(1800).toISOString() });
    world.state.claim = aClaimOnInstance({ leaving: true, deadline: later(110).toISOString() });
    expect(await look(10)).toMatchObject({ voluntary: false, evicted: 1, deadline: later(110).toISOString() });
    world.state.claimStoreIsUp = false;
    expect(await look(11)).toMatchObject({ next: 'wait', voluntary: false });
  });

  it('does not lengthen a deadline', async () => {
    input = { ...input, deadline: later(60).toISOString() };
    world.with(aDrainPod()).state.claim = aClaimOnInstance({ deadline: later(600).toISOString() });
    expect((await look()).deadline).toBe(later(60).toISOString());
  });
});

describe('a node that does not answer', () => {
  const silent = { ready: 'Unknown', readySince: later(-300).toISOString() } as const;
  const stateful = aDrainPod({ name: 'db-0', claims: ['data-db-0'], ...leaving });

  it('is asked for 30 seconds, and its volumes are never taken from an instance that runs', async () => {
    world.set(silent).with(stateful).state.volumes = [aVolume()];
    expect(await look(29)).toMatchObject({ next: 'wait', instanceOff: false });
    expect(await look(30)).toMatchObject({ next: 'drained', instanceOff: false });
  });

  it.each(['stopping', 'shutting-down', 'pending', undefined] as const)(
    'and whose instance is %s to EC2 is no instance that is off',
    async (state) => {
      world.set(silent).ec2(state).with(stateful).state.volumes = [aVolume()];
      expect(await look()).toMatchObject({ next: 'wait', instanceOff: false });
    },
  );

  it.each(['stopped', 'terminated'] as const)(
    'and whose instance is %s lets its volumes go by the taint, once its pods are going',
    async (state) => {
      world.set(silent).ec2(state).with(stateful).state.volumes = [aVolume()];
      expect(await look()).toMatchObject({ next: 'taint', instanceOff: true });
      world.set({ taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] });
      expect(await look(5)).toMatchObject({ next: 'wait', blockers: [expect.stringContaining('pv-1')] });
      world.state.volumes = [];
      expect(await look(10)).toMatchObject({ next: 'drained' });
    },
  );

  it('is not tainted where the policy says no, where no volume is attached, or where its Node is gone', async () => {
    policy = aDrainPolicy({ outOfServiceTaint: false });
    world.set(silent).ec2('stopped').with(stateful).state.volumes = [aVolume()];
    expect((await look()).next).toBe('wait');
    policy = aDrainPolicy();
    world.state.volumes = [];
    expect((await look()).next).toBe('drained');
    world.state.volumes = [aVolume()];
    world.state.nodes.clear();
    expect((await look()).next).toBe('wait');
  });

  it("and is Ready again has a healthy node's time", async () => {
    world.with(aDrainPod()).state.budgets = [aTightBudget()];
    world.set(silent);
    expect((await look(20)).deadline).toBe(later(30).toISOString());
    world.set({ ready: 'True' });
    expect(await look(25)).toMatchObject({ next: 'wait', deadline: later(1800).toISOString() });
  });

  it('moves the volumes of a terminated instance although a budget keeps its pods', async () => {
    input = { ...input, voluntary: false };
    world
      .set(silent)
      .ec2('terminated')
      .with(aDrainPod({ name: 'db-0', claims: ['data-db-0'] }));
    world.state.budgets = [aTightBudget()];
    world.state.volumes = [aVolume()];
    expect((await look()).next).toBe('wait');
    expect((await look(30)).next).toBe('taint');
    world.set({ taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] });
    expect(await look(40)).toMatchObject({ next: 'wait', blockers: [expect.stringContaining('pv-1')] });
  });

  it('is waited for by its pods when its Node is gone and its instance alive', async () => {
    world.state.nodes.clear();
    world.with(aDrainPod(leaving));
    expect((await look()).next).toBe('wait');
    world.leave('web-1');
    expect((await look(10)).next).toBe('drained');
  });
});

describe('names', () => {
  it("that are another instance's by now keep their pods", async () => {
    world.set({ providerId: 'aws:///us-east-1a/i-0fedcba9876543210' }).with(aDrainPod());
    world.state.volumes = [aVolume()];
    expect(await look()).toMatchObject({ next: 'drained', podsLeft: 0 });
    expect(world.state.evicted).toEqual([]);
  });

  it('that nobody knows are found by the instance; pods that wait for a node are never evicted', async () => {
    input = { ...input, nodeName: '' };
    world.state.pods.set('', [aDrainPod({ name: 'waiting', phase: 'Pending' })]);
    world.with(aDrainPod());
    expect(await look()).toMatchObject({ evicted: 1 });
    world.state.nodes.clear();
    expect(await look(1)).toMatchObject({ next: 'drained', podsLeft: 0 });
    expect(world.state.evicted).toEqual(['web-1']);
    expect(world.state.asked).not.toContain('node ');
    expect(world.state.events.filter(({ node }) => node === '')).toEqual([]);
  });
});

describe('a name that was only guessed', () => {
  it('is taken for the instance’s own Node’s once that is seen, by its provider id or its address', async () => {
    input = { ...input, nodeName: 'guessed' };
    world.with(aDrainPod(), aDrainPod({ name: 'web-2' }));
    expect(await look()).toMatchObject({ next: 'wait', evicted: 2, nodeName });
    world.set({ providerId: '', internalIp: '10.0.1.23' });
    expect(await look(2)).toMatchObject({ next: 'wait', podsLeft: 2, nodeName });
    // Nobody's address, and another's: neither is the instance's.
    world.set({ internalIp: '10.0.1.99' });
    expect(await look(2)).toMatchObject({ next: 'drained', nodeName: 'guessed' });
    world.ec2(undefined).set({ internalIp: '' });
    expect(await look(2)).toMatchObject({ next: 'drained', nodeName: 'guessed' });
  });
});

describe('a Node that is gone', () => {
  it('gets no Event: nobody could look at it', async () => {
    world.with(aDrainPod());
    expect(await look()).toMatchObject({ evicted: 1 });
    world.state.nodes.clear();
    world.leave('web-1');
    expect(await look(1)).toMatchObject({ next: 'drained' });
    expect(world.reasons).not.toContain('NodeDrained');
  });
});

describe('blockers', () => {
  const told = () => world.state.events.filter(({ reason }) => reason === 'DrainBlocked');

  it('are told once as an Event, and again only when they change', async () => {
    world.with(aDrainPod()).state.budgets = [aTightBudget()];
    for (const seconds of [0, 1, 2, 60, 200]) await look(seconds);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatchObject({
      type: 'Normal',
      message: expect.stringContaining('PodDisruptionBudget shop/web allows 0'),
    });
    world.with(aDrainPod({ name: 'web-9' }));
    await look(300);
    expect(told()).toHaveLength(2);
  });

  it('are told after a look that evicted others, too', async () => {
    world.with(aDrainPod({ name: 'free', labels: {} }), aDrainPod()).state.budgets = [aTightBudget()];
    expect(await look()).toMatchObject({ evicted: 1 });
    world.leave('free');
    await look(1);
    expect(told()).toHaveLength(1);
  });

  it('are counted in words that people use', async () => {
    world.with(aDrainPod()).state.budgets = [aTightBudget({ observedGenerationIsCurrent: true, currentHealthy: 1 })];
    await look();
    expect(told()[0]?.message).toContain('waits for 1 pod to leave');
    world.with(aDrainPod(), aDrainPod({ name: 'web-9' }));
    await look(1);
    expect(told()[1]?.message).toContain('waits for 2 pods to leave');
  });

  it('are named one and all in the result, and in an Event as many as its 1,024 characters hold', async () => {
    world.with(...somePods(110)).state.budgets = [aTightBudget()];
    const { blockers } = await look();
    expect(blockers).toHaveLength(110);
    expect(blockers.every((one) => /^shop\/web-\d+: PodDisruptionBudget shop\/web allows 0/.test(one))).toBe(true);
    const message = told()[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(1024);
    expect(message.length).toBeGreaterThan(850);
    const named = message.match(/shop\/web-\d+:/g) ?? [];
    expect(message).toMatch(new RegExp(`; and ${110 - named.length} more$`));
  });

  it('are counted beyond what an execution holds', async () => {
    world.with(...somePods(400)).state.budgets = [aTightBudget()];
    const { blockers } = await look();
    expect(blockers.join('; ').length).toBeLessThanOrEqual(16_000);
    expect(blockers.at(-1)).toBe(`and ${400 - blockers.length + 1} more`);
  });
});

describe('the time between looks', () => {
  async function looksUntilTheEnd(each: (seconds: number) => void): Promise<readonly number[]> {
    const pauses: number[] = [];
    for (let at = 0, next = 'wait'; next === 'wait'; ) {
      each(at);
      const outcome = await look(at);
      next = outcome.next;
      pauses.push(outcome.lookAgainSeconds);
      at += outcome.lookAgainSeconds;
    }
    return pauses;
  }

  beforeEach(() => {
    policy = aDrainPolicy({ timeoutSeconds: 172_800, graceCapSeconds: 0 });
    world.state.claim = aClaimOnInstance({ deadline: later(172_800).toISOString() });
  });

  it('grows up to five minutes while nothing moves, so that two days are less than 700 looks', async () => {
    world.with(aDrainPod()).state.budgets = [aTightBudget()];
    const pauses = await looksUntilTheEnd(() => undefined);
    expect(pauses.length).toBeLessThan(700);
    expect(Math.max(...pauses)).toBe(300);
    expect(pauses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it('grows although pods come back to the node for ever, so that two days fit into an execution', async () => {
    const pauses = await looksUntilTheEnd((at) => world.with(aDrainPod({ name: `web-${at}` })));
    expect(pauses.length).toBeLessThan(1000);
  });

  it('is short again once something moves', async () => {
    world.with(aDrainPod()).state.budgets = [aTightBudget()];
    await look();
    expect((await look(600)).lookAgainSeconds).toBe(75);
    world.state.budgets = [aBudget()];
    expect((await look(660)).lookAgainSeconds).toBe(22);
  });

  it('never reaches beyond the end', async () => {
    world.with(aDrainPod()).state.claim = aClaimOnInstance({ deadline: later(1003).toISOString() });
    world.state.budgets = [aTightBudget()];
    await look();
    expect((await look(1000)).lookAgainSeconds).toBe(3);
  });
});
