import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DrainSituation, decideTurn, type NodeContents } from '../../../src/drains/decide-turn.ts';
import { drainTimers } from '../../../src/drains/drain-timers.ts';
import type { DrainPolicy } from '../../../src/drains/ports.ts';
import {
  aBudget,
  aDrainPod,
  aDrainPolicy,
  aTightBudget,
  aVolume,
  later,
  noon,
  somePods,
} from '../../support/drains/healthy.ts';

const leaving = { deletionTimestamp: noon.toISOString() };
const held = { annotations: { 'tender.sh/do-not-disrupt': 'true' } };

/** The turn at so many seconds after the drain began at noon. */
function turnAt(
  seconds: number,
  contents: Partial<NodeContents>,
  { policy = {}, ...situation }: Partial<DrainSituation> & { policy?: Partial<DrainPolicy> } = {},
) {
  const whole = aDrainPolicy(policy);
  const { voluntary = false, instance = 'on' } = situation;
  const silence = instance === 'on' ? undefined : { since: noon, off: instance === 'off' || instance === 'gone' };
  const timers = drainTimers(whole, noon, silence, undefined);
  const all = { pods: [], budgets: [], volumes: [], ...contents };
  return decideTurn(all, { voluntary, instance }, whole, timers, later(seconds));
}

describe('a drain', () => {
  it('is over when only pods are left that stay', () => {
    const pods = [aDrainPod({ ownerKind: 'DaemonSet' }), aDrainPod({ mirror: true }), aDrainPod({ phase: 'Failed' })];
    expect(turnAt(0, { pods })).toEqual({ next: 'drained' });
  });

  it('asks those that may go, and waits for those that are going', () => {
    const pods = [aDrainPod(), aDrainPod({ name: 'web-2', ...leaving })];
    expect(turnAt(0, { pods })).toMatchObject({
      next: 'evict',
      pods: [{ name: 'web-1' }],
      blockers: [{ pod: 'shop/web-2', why: expect.stringContaining('Terminating since 2026-03-01T12:00:00') }],
    });
  });

  it('names the finalizer that keeps a pod in Terminating', () => {
    const pods = [aDrainPod({ ...leaving, finalizers: ['example.com/backup'] })];
    expect(turnAt(0, { pods })).toMatchObject({
      blockers: [{ pod: 'shop/web-1', why: expect.stringContaining('example.com/backup') }],
    });
  });

  it('waits for volumes, and names them', () => {
    expect(turnAt(0, { volumes: [aVolume()] })).toMatchObject({
      next: 'evict',
      pods: [],
      blockers: [{ pod: 'volume pv-1', why: expect.stringContaining('csi-1') }],
    });
  });

  it('holds what its owner wants left alone until the time is up, and only where it is voluntary', () => {
    const pods = [aDrainPod(held)];
    expect(turnAt(0, { pods }, { voluntary: true })).toMatchObject({ next: 'evict', pods: [] });
    expect(turnAt(900, { pods }, { voluntary: true })).toMatchObject({
      next: 'time-up',
      blockers: [{ pod: 'shop/web-1', why: 'annotation tender.sh/do-not-disrupt' }],
    });
    expect(turnAt(0, { pods }, { voluntary: false })).toMatchObject({ next: 'evict', pods: [{ name: 'web-1' }] });
  });
});

describe('when the time is up', () => {
  const kept = { pods: somePods(2), budgets: [aTightBudget()] };

  it('gives up at the end of asking where a budget still says no', () => {
    expect(turnAt(899, kept).next).toBe('evict');
    expect(turnAt(900, kept)).toMatchObject({
      next: 'time-up',
      blockers: [{ budget: 'shop/web' }, { budget: 'shop/web' }],
    });
  });

  it('waits through the grace for pods that are going, whatever the policy', () => {
    const going = { pods: somePods(1, leaving) };
    expect(turnAt(1700, going)).toMatchObject({ next: 'delete', pods: [] });
    expect(turnAt(1800, going).next).toBe('time-up');
  });

  it('deletes with the grace that is left, at most the cap, and in time for the kubelet to report it', () => {
    const capped = { policy: { whenTimeIsUp: 'capped-grace', graceCapSeconds: 300 } } as const;
    expect(turnAt(900, kept, capped)).toMatchObject({ next: 'delete', graceSeconds: 290 });
    expect(turnAt(1150, kept, capped)).toMatchObject({ next: 'delete', graceSeconds: 40, pods: [{}, {}] });
    expect(turnAt(1200, kept, capped).next).toBe('time-up');
  });

  it('deletes by force only in the last minute, those that are going as well', () => {
    const force = { policy: { whenTimeIsUp: 'force-delete' } } as const;
    const contents = { pods: [aDrainPod(), aDrainPod({ name: 'web-2', ...leaving })], budgets: [aTightBudget()] };
    expect(turnAt(900, contents, force)).toMatchObject({
      next: 'delete',
      graceSeconds: 890,
      pods: [{ name: 'web-1' }],
    });
    expect(turnAt(1800, contents, force)).toMatchObject({ next: 'delete', graceSeconds: 0, pods: [{}, {}] });
    expect(turnAt(1860, contents, force).next).toBe('time-up');
  });

  it('never deletes what is held', () => {
    const policy = { whenTimeIsUp: 'force-delete' } as const;
    const contents = { pods: [aDrainPod(held)] };
    expect(turnAt(1800, contents, { voluntary: true, policy })).toMatchObject({ next: 'delete', pods: [] });
    expect(turnAt(1860, contents, { voluntary: true, policy }).next).toBe('time-up');
  });

  it('deletes a pod that two budgets cover, where the policy deletes', () => {
    const contents = { pods: somePods(1), budgets: [aBudget(), aBudget({ name: 'all' })] };
    expect(turnAt(900, contents, { policy: { whenTimeIsUp: 'capped-grace' } })).toMatchObject({
      pods: [{ name: 'web-1' }],
    });
    expect(turnAt(900, contents)).toMatchObject({ next: 'time-up', blockers: [{ budget: 'shop/web, shop/all' }] });
  });
});

describe('on a node that does not answer', () => {
  it('silent: pods that are going have gone after 30 seconds, and volumes are left alone', () => {
    const contents = { pods: somePods(1, leaving), volumes: [aVolume()] };
    expect(turnAt(29, contents, { instance: 'silent' }).next).toBe('evict');
    expect(turnAt(30, contents, { instance: 'silent' }).next).toBe('drained');
  });

  it('silent: a pod that a budget keeps is the end after 30 seconds', () => {
    const contents = { pods: somePods(1), budgets: [aTightBudget()] };
    expect(turnAt(30, contents, { instance: 'silent' }).next).toBe('time-up');
  });

  it('stopped: what was going has gone at once, and volumes are waited for', () => {
    expect(turnAt(0, { pods: somePods(1, leaving) }, { instance: 'off' }).next).toBe('drained');
    expect(turnAt(60, { volumes: [aVolume()] }, { instance: 'off' })).toMatchObject({ next: 'delete', pods: [] });
    expect(turnAt(930, { volumes: [aVolume()] }, { instance: 'off' }).next).toBe('time-up');
  });

  it('terminated: after 30 seconds of asking no budget and no owner keeps a pod, for there is none', () => {
    const contents = { pods: [...somePods(1), aDrainPod({ name: 'web-2', ...held })], budgets: [aTightBudget()] };
    expect(turnAt(0, contents, { instance: 'gone', voluntary: true }).next).toBe('evict');
    expect(turnAt(30, contents, { instance: 'gone', voluntary: true }).next).toBe('drained');
  });
});

it('law: whatever keeps a node is named when the drain gives up, and nothing is deleted that is held or stays', () => {
  const pods = fc.array(
    fc.record({
      ready: fc.boolean(),
      ownerKind: fc.constantFrom('ReplicaSet', 'DaemonSet', ''),
      annotations: fc.constantFrom({}, held.annotations),
      deletionTimestamp: fc.constantFrom(undefined, leaving.deletionTimestamp),
    }),
    { maxLength: 70 },
  );
  const budgets = fc.constantFrom([], [aTightBudget()], [aBudget()], [aBudget(), aTightBudget({ name: 'all' })]);
  const policy = fc.record({
    whenTimeIsUp: fc.constantFrom<DrainPolicy['whenTimeIsUp']>('give-up', 'capped-grace', 'force-delete'),
    evictUnmanaged: fc.boolean(),
  });
  fc.assert(
    fc.property(pods, budgets, policy, fc.nat(2000), fc.boolean(), (some, limits, rule, seconds, voluntary) => {
      const all = some.map((pod, index) => aDrainPod({ name: `pod-${index}`, ...pod }));
      const turn = turnAt(seconds, { pods: all, budgets: limits }, { voluntary, policy: rule });
      const stay = all.filter(({ ownerKind }) => ownerKind === 'DaemonSet');
      const mustGo = all.filter((pod) => !stay.includes(pod));
      const named = new Set('blockers' in turn ? turn.blockers.map(({ pod }) => pod) : []);
      const unnamed = mustGo.filter(({ name }) => !named.has(`shop/${name}`));
      if (turn.next === 'drained' || turn.next === 'time-up') expect(unnamed).toEqual([]);
      const touched = 'pods' in turn ? turn.pods : [];
      const isHeld = (pod: (typeof all)[number]) =>
        voluntary && pod.annotations === held.annotations && !pod.deletionTimestamp;
      expect(touched.filter((pod) => stay.includes(pod) || isHeld(pod))).toEqual([]);
    }),
  );
});
