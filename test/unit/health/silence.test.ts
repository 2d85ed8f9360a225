import { describe, expect, it } from 'vitest';
import type { Observations, ObservedApiServer } from '../../../src/health/observations.ts';
import { aCluster, aCondition, aPolicy, type Fleet, minute, type Sickness } from '../../support/health/observed.ts';
import { actions, pass, said, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const unreachable: ObservedApiServer = {
  reachable: false,
  ready: false,
  failingChecks: [],
  latencyMs: null,
  problem: 'connect ETIMEDOUT',
};
const notReadyItself: ObservedApiServer = {
  reachable: true,
  ready: false,
  failingChecks: ['etcd'],
  latencyMs: 9,
  problem: '',
};
const unseen = { problem: 'the API server is unreachable' };
const ready = (status: 'True' | 'False' | 'Unknown', since: number): Sickness => ({
  conditions: [aCondition('Ready', status, since)],
});
const system: Sickness = { instance: { systemStatus: 'impaired', impairedSince: minute(0) } };

/** Away in the minutes from `from` up to `to`; Nodes are not seen then. */
function withOutage(
  seen: (at: number) => Observations,
  from: number,
  to: number,
  apiServer = unreachable,
): (at: number) => Observations {
  return (at) =>
    at < from || at >= to ? seen(at) : { ...seen(at), apiServer, ...(apiServer.reachable ? {} : { nodes: unseen }) };
}

describe('while the API server is away', () => {
  it.each<[string, ObservedApiServer, Sickness, number, string]>([
    [
      'and unreachable, EC2’s checks wait too',
      unreachable,
      system,
      9,
      'api-server-away: the API server is unreachable (connect ETIMEDOUT): no node is judged by its silence',
    ],
    [
      'and not ready, nobody is judged by silence',
      notReadyItself,
      ready('Unknown', 0),
      9,
      'api-server-away: the API server is not ready (etcd): no node is judged by its silence',
    ],
    [
      'and not ready, EC2’s checks wait too',
      notReadyItself,
      system,
      9,
      'api-server-away: the API server is not ready (etcd): no node is judged by its silence',
    ],
    [
      'nobody is said to have never joined',
      unreachable,
      { node: null, instance: { launchedAt: minute(-60) } },
      9,
      'well',
    ],
  ])('%s', (_, apiServer, sickness, minutes, expected) => {
    const seen = (at: number) => aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);

    expect(said(watch(minutes, withOutage(seen, 0, 99, apiServer)), id)).toBe(expected);
  });

  it('a person is told after five minutes, once', () => {
    const seen = withOutage((at) => aCluster({ workers: { size: 10 } }, at), 1, 99);
    const words = 'the API server is unreachable (connect ETIMEDOUT): no node is judged by its silence';

    expect(said(watch(5, seen), 'api-server')).toBe(`waits: ${words}: waits 1 min more`);
    expect(said(watch(6, seen), 'api-server')).toBe(`page: ${words}`);
    expect(said(watch(9, seen), 'api-server')).toBe(`told: ${words}: a person was told at ${minute(6)}`);
  });

  it('it is not told besides that Nodes cannot be seen', () => {
    const seen = withOutage(
      (at) => aCluster({ workers: { size: 10 } }, at, { daemonSets: unseen, coreDns: unseen }),
      1,
      99,
    );

    expect(watch(30, seen).verdict.decisions.map(({ finding }) => finding)).toEqual(['api-server']);
  });
});

describe('when the API server is back', () => {
  const node = (sickness: Sickness) => (at: number) => aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);

  it.each<[string, Sickness, number, string]>([
    [
      'silence says nothing at once',
      ready('Unknown', 1),
      10,
      'api-server-back: the API server is back for 0 of 5 minutes',
    ],
    ['nor two minutes later', ready('Unknown', 1), 12, 'api-server-back: the API server is back for 2 of 5 minutes'],
    ['and counts in full after five', ready('Unknown', 1), 15, 'repair: restart, reboot, replace, page'],
    [
      'not being Ready waits as well',
      ready('False', 1),
      12,
      'api-server-back: the API server is back for 2 of 5 minutes',
    ],
    ['what EC2 says counts at once', system, 10, 'repair: replace, page'],
    ['and comes before silence', { ...ready('Unknown', 1), ...system }, 10, 'repair: replace, page'],
    [
      'who never joined could not: counts from there',
      { node: null, instance: { launchedAt: minute(-60) } },
      24,
      'well',
    ],
    ['and counts after its time', { node: null, instance: { launchedAt: minute(-60) } }, 25, 'repair: replace, page'],
  ])('%s', (_, sickness, minutes, expected) => {
    expect(said(watch(minutes, withOutage(node(sickness), 2, 10)), id)).toBe(expected);
  });

  it('silence waits as long as the registry says', () => {
    const policy = aPolicy({ quietMinutes: 20 });

    expect(said(watch(29, withOutage(node(ready('Unknown', 1)), 2, 10), { policy }), id)).toMatch(/back for 19 of 20/);
    expect(said(watch(30, withOutage(node(ready('Unknown', 1)), 2, 10), { policy }), id)).toMatch(/^repair/);
  });

  it('many that are silent hold repairs up, but are no storm that would cool down', () => {
    const many: Fleet = {
      size: 10,
      sick: { 1: system, 2: ready('Unknown', 5), 3: ready('Unknown', 5), 4: ready('Unknown', 5) },
    };
    const seen = withOutage(
      (at) => aCluster({ workers: at >= 10 && at < 13 ? many : { size: 10, sick: { 1: system } } }, at),
      2,
      10,
    );

    expect(said(watch(12, seen), 'i-workers-0001')).toBe('breaker: breaker: 4 of 10 unhealthy in group workers');
    expect(said(watch(13, seen), 'i-workers-0001')).toMatch(/^repair/);
  });

  it('of 5,000 nodes 30 % are not Ready by its own doing, and nobody is touched', () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => index + 1);
    const silent = Object.fromEntries(numbers.filter((one) => one % 10 < 3).map((one) => [one, ready('Unknown', 3)]));
    const seen = withOutage((at) => aCluster({ workers: { size: 5000, sick: at < 9 ? silent : {} } }, at), 2, 6);

    let memory = watch(2, seen).memory;
    const acted: string[] = [];
    for (let at = 3; at <= 12; at += 1) {
      const last = pass({ ...seen(at), memory });
      acted.push(...actions(last));
      memory = last.memory;
    }

    expect(acted).toEqual([]);
    expect(memory.subjects).toEqual({});
  });

  it('a finding that nobody could see in between goes on, and is repaired once', () => {
    const last = watch(16, withOutage(node(ready('False', 0)), 4, 10));

    expect(last.verdict.decisions[0]).toMatchObject({ because: 'under-way' });
    expect(last.memory.subjects[id]).toMatchObject({ since: minute(0), startedAt: minute(15) });
  });
});

describe('a lease that is not renewed', () => {
  const lease = (renewed: (at: number) => number) => (at: number) =>
    aCluster({ workers: { size: 10, sick: { 3: { node: { leaseRenewedAt: minute(renewed(at)) } } } } }, at);

  it.each<[string, (at: number) => number, number, string]>([
    ['for two minutes is a hiccup', () => 0, 2, 'well'],
    ['looks old after 160 seconds, and is looked at again', () => 0, 3, 'well'],
    [
      'and has not moved: waits',
      () => 0,
      4,
      `waits: it says Ready, but has not renewed its lease since ${minute(0)}: waits 5 min more`,
    ],
    ['for five minutes more is repaired', () => 0, 9, 'repair: restart, reboot, replace, page'],
    ['by a clock ten minutes slow is renewed all the same', (at) => at - 10, 60, 'well'],
    ['by a clock ten minutes fast as well', (at) => at + 10, 60, 'well'],
    [
      'by a slow clock and stops: waits and is repaired',
      (at) => (at < 2 ? at - 10 : -9),
      7,
      'repair: restart, reboot, replace, page',
    ],
  ])('%s', (_, renewed, minutes, expected) => {
    expect(said(watch(minutes, lease(renewed)), id)).toBe(expected);
  });

  it('is nobody’s silence when nobody renews any', () => {
    const seen = (at: number) =>
      aCluster(
        {
          workers: {
            size: 2,
            sick: { 1: { node: { leaseRenewedAt: minute(0) } }, 2: { node: { leaseRenewedAt: minute(0) } } },
          },
        },
        at,
      );

    expect(watch(30, seen).verdict.decisions).toEqual([]);
  });

  it('says nothing where there is none', () => {
    const seen = (at: number) =>
      aCluster({ workers: { size: 10, sick: { 3: { node: { leaseRenewedAt: null } } } } }, at);

    expect(watch(30, seen).verdict.decisions).toEqual([]);
  });
});

describe('a clock that is ten minutes wrong', () => {
  const offset = (skew: number, began: number) => (at: number) => {
    const conditions = at < began ? [] : [aCondition('Ready', 'False', began + skew)];
    const node = { leaseRenewedAt: minute(at + skew) };
    return aCluster({ workers: { size: 10, sick: { 3: { conditions, node } } } }, at);
  };

  it.each<[string, number, number, string]>([
    ['slow: what has just begun is not ten minutes old', -10, 0, 'waits 5 min more'],
    ['slow: waits its five minutes', -10, 4, 'waits 1 min more'],
    ['slow: and is repaired then', -10, 5, 'restart, reboot, replace, page'],
    ['fast: waits no longer than others', 10, 4, 'waits 1 min more'],
    ['fast: and is repaired then', 10, 5, 'restart, reboot, replace, page'],
  ])('%s', (_, skew, minutes, expected) => {
    expect(said(watch(20 + minutes, offset(skew, 20)), id)).toContain(expected);
  });

  it('of us or of the API server makes nobody sick', () => {
    const everybody = (skew: number) => (at: number) => {
      const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
      const node = { leaseRenewedAt: minute(at + skew) };
      const conditions = [aCondition('Ready', 'True', at > 3 ? 3 + skew : -1440 + skew)];
      return aCluster(
        { workers: { size: 10, sick: Object.fromEntries(numbers.map((one) => [one, { node, conditions }])) } },
        at,
      );
    };

    expect(watch(30, everybody(-10)).verdict.decisions).toEqual([]);
    expect(watch(30, everybody(10)).verdict.decisions).toEqual([]);
  });
});
