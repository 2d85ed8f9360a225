import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/health/breakers.ts';
import type { BreakerState } from '../../../src/health/decision.ts';
import type { Ledger } from '../../../src/health/ledger.ts';
import { aCluster, aCondition, aPolicy, type Fleet, minute, type Sickness } from '../../support/health/observed.ts';
import { actions, idle, type Pass, said, watch } from '../../support/health/watch.ts';

const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0)] };

/** The first so many of a fleet, or those in one zone, are not Ready. */
function sick(size: number, howMany: number, group: Fleet['group'] = {}): Fleet {
  return {
    size,
    group,
    sick: Object.fromEntries(Array.from({ length: howMany }, (_, index) => [index + 1, notReady])),
  };
}

function inZone(size: number, zone: number, howMany: number): Fleet {
  const numbers = Array.from({ length: size }, (_, index) => index + 1).filter((one) => one % 3 === zone);
  return { size, sick: Object.fromEntries(numbers.slice(0, howMany).map((one) => [one, notReady])) };
}

function breakerOf({ verdict }: Pass, name: string): BreakerState | undefined {
  return verdict.breakers.find((one) => one.name === name);
}

/** How many repairs are started after five minutes. */
function started(fleets: Readonly<Record<string, Fleet>>, policy = aPolicy()): number {
  return actions(watch(5, (at) => aCluster(fleets, at), { policy })).length;
}

describe('the limit of a breaker', () => {
  const { breaker } = aPolicy();

  it.each<[string, number, number]>([
    ['group g', 1, 1],
    ['group g', 2, 1],
    ['group g', 5, 1],
    ['group g', 6, 1],
    ['group g', 9, 1],
    ['group g', 10, 2],
    ['group g', 14, 2],
    ['group g', 15, 3],
    ['group g', 100, 20],
    ['cluster', 5, 1],
    ['cluster', 10, 2],
    ['zone z', 1, 1],
    ['zone z', 2, 1],
    ['zone z', 3, 1],
    ['zone z', 4, 2],
    ['zone z', 10, 5],
  ])('of a %s of %i is %i', (name, size, limit) => {
    expect(limitOf({ name, size }, breaker)).toBe(limit);
  });

  it.each<[object, string, number, number]>([
    [{ perGroup: '50%' }, 'group g', 10, 5],
    [{ perGroup: '1%' }, 'group g', 10, 1],
    [{ smallGroup: 2 }, 'group g', 4, 2],
    [{ perCluster: '10%' }, 'cluster', 50, 5],
    [{ perZone: '30%' }, 'zone z', 10, 3],
    [{ perGroup: '100%' }, 'group g', 10, 10],
  ])('is the registry’s: %j', (changes, name, size, limit) => {
    expect(limitOf({ name, size }, aPolicy({ breaker: changes }).breaker)).toBe(limit);
  });
});

describe('a breaker', () => {
  it.each<[string, Readonly<Record<string, Fleet>>, number]>([
    ['2 of 10 in a group: both are repaired', { a: sick(10, 2) }, 2],
    ['3 of 10: none', { a: sick(10, 3) }, 0],
    ['1 of 6: it is repaired', { a: sick(6, 1) }, 1],
    ['2 of 6: none', { a: sick(6, 2) }, 0],
    ['1 of 2: it is repaired', { a: sick(2, 1) }, 1],
    ['2 of 2: none', { a: sick(2, 2) }, 0],
    ['the only one: it is repaired', { a: sick(1, 1) }, 1],
    ['2 of 5: none', { a: sick(5, 2) }, 0],
    ['another group is no part of it', { a: sick(10, 3), b: sick(10, 1) }, 1],
    ['each group within its own, and the cluster too', { a: sick(10, 2), b: sick(10, 2) }, 4],
    [
      'each within its own, but too many of the cluster',
      { a: sick(5, 1), b: sick(5, 1), c: { size: 2, sick: { 2: notReady } } },
      0,
    ],
    ['all of a zone of three', { a: inZone(12, 1, 4), b: { size: 40 } }, 0],
    ['4 of 7 in a zone of a larger group', { a: inZone(21, 1, 4) }, 0],
    ['3 of 7 in a zone', { a: inZone(21, 1, 3) }, 3],
  ])('%s', (_, fleets, expected) => {
    expect(started(fleets)).toBe(expected);
  });

  it('says how many of how many, where', () => {
    const group = watch(5, (at) => aCluster({ 'workers-a': sick(12, 5) }, at));
    const cluster = watch(5, (at) =>
      aCluster({ a: sick(5, 1), b: sick(5, 1), c: { size: 2, sick: { 2: notReady } } }, at),
    );
    const zone = watch(5, (at) => aCluster({ a: inZone(21, 1, 4) }, at));

    expect(said(group, 'i-workers-a-0001')).toBe('breaker: breaker: 5 of 12 unhealthy in group workers-a');
    expect(said(cluster, 'i-a-0001')).toBe('breaker: breaker: 3 of 12 unhealthy in the cluster');
    expect(said(zone, 'i-a-0001')).toBe('zone: zone us-east-1b impaired: 4 of 7 unhealthy in the zone');
  });

  it('tells before the time is up only that it waits', () => {
    expect(
      said(
        watch(4, (at) => aCluster({ a: sick(10, 9) }, at)),
        'i-a-0001',
      ),
    ).toMatch(/^waits/);
  });

  const working = (workflow: string, ...numbers: number[]): Ledger => ({
    ended: [],
    work: {
      value: numbers.map((number) => ({
        instanceId: `i-a-${String(number).padStart(4, '0')}`,
        nodeName: `a-${number}`,
        groupName: 'a',
        zone: 'us-east-1a',
        workflow,
        execution: `${workflow}-${number}`,
        reason: '',
        since: minute(0),
      })),
    },
  });
  const leaving: Sickness = { member: { lifecycleState: 'Terminating:Wait' } };

  it.each<[string, Fleet, Ledger, number]>([
    ['what is under repair', sick(10, 1), working('node-repair', 8, 9), 0],
    ['what is under repair and within the limit', sick(10, 1), working('node-repair', 9), 1],
    ['what is retired by choice', sick(10, 1), working('node-retire', 8, 9), 0],
    ['what is sick and under repair only once', sick(10, 2), working('node-repair', 1), 1],
    [
      'a repair whose node leaves its group',
      { size: 11, sick: { 1: notReady, 10: leaving, 11: leaving } },
      working('node-repair', 10, 11),
      0,
    ],
    ['a repair whose instance is gone', sick(10, 1), working('node-repair', 77, 78), 0],
    [
      'not what its group lets go',
      { size: 14, sick: { 1: notReady, 11: leaving, 12: leaving, 13: leaving, 14: leaving } },
      working('node-retire', 11, 12, 13, 14),
      1,
    ],
    [
      'what Auto Scaling finds unhealthy',
      { size: 10, sick: { 1: notReady, 2: { member: { healthy: false } }, 3: { member: { healthy: false } } } },
      idle,
      0,
    ],
    [
      'an instance that is off or gone',
      {
        size: 10,
        sick: { 1: notReady, 2: { node: null, instance: { state: 'stopped' } }, 3: { node: null, instance: null } },
      },
      idle,
      0,
    ],
    [
      'not one that is still to join',
      {
        size: 10,
        sick: {
          1: notReady,
          2: { node: null, instance: { launchedAt: minute(0) } },
          3: { node: null, instance: { launchedAt: minute(0) } },
        },
      },
      idle,
      1,
    ],
    [
      'not pressure',
      {
        size: 10,
        sick: {
          1: notReady,
          2: { conditions: [aCondition('DiskPressure', 'True', 0)] },
          3: { conditions: [aCondition('DiskPressure', 'True', 0)] },
        },
      },
      idle,
      1,
    ],
  ])('counts %s', (_, fleet, ledger, expected) => {
    const last = watch(5, (at) => aCluster({ a: fleet }, at), { ledger: () => ledger });

    expect(actions(last).length).toBe(expected);
  });

  it('counts one that never joined', () => {
    const policy = aPolicy({ rules: [{ signal: 'NeverJoined', afterMinutes: 5, ladder: ['replace'] }] });
    const last = watch(
      5,
      (at) => aCluster({ a: { size: 10, sick: { 1: notReady, 2: { node: null }, 3: { node: null } } } }, at),
      { policy },
    );

    expect(actions(last)).toEqual([]);
  });

  it('stays open for a quarter of an hour after a storm, and says until when', () => {
    const at = (until: number) =>
      watch(until, (now) => {
        const storm = now >= 1 && now < 3;
        return aCluster(
          { a: { size: 10, sick: { 1: notReady, ...(storm ? { 2: notReady, 3: notReady } : {}) } } },
          now,
        );
      });

    expect(said(at(5), 'i-a-0001')).toBe(
      `breaker: breaker: 1 of 10 unhealthy in group a, which cools down until ${minute(17)}`,
    );
    expect(breakerOf(at(5), 'group a')).toMatchObject({
      open: true,
      over: false,
      openSince: minute(1),
      closesAt: minute(17),
    });
    expect(breakerOf(at(16), 'group a')).toMatchObject({ open: true });
    expect(breakerOf(at(17), 'group a')).toMatchObject({ open: false, openSince: null, closesAt: null });
    expect(said(at(17), 'i-a-0001')).toMatch(/^repair/);
  });

  it('cools down from the last moment that it was over its limit', () => {
    const last = watch(20, (now) =>
      aCluster({ a: { size: 10, sick: now % 10 === 5 ? { 1: notReady, 2: notReady, 3: notReady } : {} } }, now),
    );

    expect(breakerOf(last, 'group a')).toMatchObject({ openSince: minute(5), closesAt: minute(30) });
  });

  it('needs no cooling down after work that people asked for', () => {
    const last = watch(6, (at) => aCluster({ a: sick(10, 1) }, at), {
      ledger: (at) => (at < 6 ? working('os-update', 8, 9) : idle),
    });

    expect(said(last, 'i-a-0001')).toMatch(/^repair/);
  });

  it('of a zone keeps everybody in it, and a zone that is back after 20 minutes has lost nobody', () => {
    const seen = (at: number) => aCluster({ a: { ...inZone(21, 1, at >= 2 && at < 22 ? 7 : 0) } }, at);
    const acted = Array.from({ length: 60 }, (_, at) => actions(watch(at, seen))).flat();

    expect(acted).toEqual([]);
    expect(breakerOf(watch(10, seen), 'zone us-east-1b')).toMatchObject({
      open: true,
      over: true,
      unhealthy: 7,
      size: 7,
      limit: 3,
    });
    expect(breakerOf(watch(40, seen), 'zone us-east-1b')).toMatchObject({ open: false });
  });

  it('is shown for each group, each zone and the cluster, open or closed', () => {
    const { verdict } = watch(0, (at) => aCluster({ a: { size: 10 }, b: { size: 3 } }, at));

    expect(verdict.breakers.map(({ name, open, size, limit }) => `${name} ${open} ${size}/${limit}`)).toEqual([
      'cluster false 13/2',
      'group a false 10/2',
      'group b false 3/1',
      'zone us-east-1a false 4/2',
      'zone us-east-1b false 5/2',
      'zone us-east-1c false 4/2',
    ]);
  });
});
