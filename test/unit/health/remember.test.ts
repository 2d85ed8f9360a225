import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/health/ledger.ts';
import { emptyMemory } from '../../../src/health/memory.ts';
import type { Observations } from '../../../src/health/observations.ts';
import { aCluster, aCondition, anEtcd, minute, type Sickness } from '../../support/health/observed.ts';
import { actions, idle, pass, said, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0)] };
const denied = { problem: 'AccessDenied' };
const away = { reachable: false, ready: false, failingChecks: [], latencyMs: null, problem: 'refused' };

/** Ten workers, of which the third is like this by the minute. */
const third =
  (sickness: (at: number) => Sickness, seen: (at: number) => Partial<Observations> = () => ({})) =>
  (at: number) =>
    aCluster({ workers: { size: 10, sick: { 3: sickness(at) } } }, at, seen(at));

describe('what a pass remembers', () => {
  it('of a cluster that is well is almost nothing, however large', () => {
    const { memory } = watch(3, (at) => aCluster({ workers: { size: 1000 } }, at));

    expect(memory).toEqual({ ...emptyMemory, at: minute(3) });
  });

  it.each<[string, (at: number) => Observations, number, object]>([
    [
      'since when the API server is away',
      third(
        () => ({}),
        (at) => (at < 2 ? {} : { apiServer: away, nodes: denied }),
      ),
      9,
      { apiServer: { awaySince: minute(2), lastOutage: null } },
    ],
    [
      'when it came back',
      third(
        () => ({}),
        (at) => (at < 2 || at > 5 ? {} : { apiServer: away, nodes: denied }),
      ),
      9,
      { apiServer: { awaySince: null, lastOutage: { from: minute(2), to: minute(6) } } },
    ],
    [
      'the last outage only',
      third(
        () => ({}),
        (at) => (at % 4 === 1 ? { apiServer: away, nodes: denied } : {}),
      ),
      11,
      { apiServer: { awaySince: null, lastOutage: { from: minute(9), to: minute(10) } } },
    ],
    [
      'since when a finding is seen, and what was started for it',
      third(() => notReady),
      6,
      {
        subjects: {
          [id]: {
            since: minute(0),
            signals: { NotReady: { since: minute(0), seenAt: minute(0) } },
            execution: `repair-${id}-20260301T120000`,
            startedAt: minute(5),
            paged: {},
          },
        },
      },
    ],
    [
      'no episode of what is only shown',
      third(() => ({ conditions: [aCondition('DiskPressure', 'True', 0)] })),
      6,
      { subjects: { [id]: { since: null, execution: null } } },
    ],
    ['nothing of one that is well again', third((at) => (at < 4 ? notReady : {})), 4, { subjects: {} }],
    [
      'a finding that cannot be seen any more',
      third(
        (at) => (at < 4 ? notReady : {}),
        (at) => (at < 4 ? {} : { nodes: denied }),
      ),
      9,
      { subjects: { [id]: { since: minute(0) } } },
    ],
    [
      'how often EC2 has said that an instance is gone',
      third(() => ({ instance: null })),
      2,
      { gone: { [id]: { passes: 3, firstAt: minute(0) } } },
    ],
    [
      'that, while EC2 cannot be asked',
      third(
        () => ({ instance: null }),
        (at) => (at < 2 ? {} : { instances: denied }),
      ),
      9,
      { gone: { [id]: { passes: 2, firstAt: minute(0) } } },
    ],
    [
      'who has no Node, and since when',
      third((at) => (at < 2 ? {} : { node: null })),
      9,
      { nodeless: { [id]: minute(2) } },
    ],
    [
      'that, while Nodes cannot be seen',
      third(
        (at) => (at < 2 ? {} : { node: null }),
        (at) => (at < 4 ? {} : { nodes: denied }),
      ),
      9,
      { nodeless: { [id]: minute(2) } },
    ],
    [
      'the instances of etcd’s members',
      third(
        () => ({}),
        () => ({ etcd: anEtcd('workers', 2)() }),
      ),
      1,
      { members: { m1: 'i-workers-0001', m2: 'i-workers-0002' } },
    ],
    [
      'those, while nobody can say who its members are',
      third(
        () => ({}),
        (at) => ({
          etcd:
            at < 1
              ? anEtcd('workers', 2)()
              : { value: { quorum: at < 3 ? 'unknown' : 'kept', members: [], alarms: [] } },
        }),
      ),
      4,
      { members: { m1: 'i-workers-0001', m2: 'i-workers-0002' } },
    ],
    [
      'a lease that looks old',
      third(() => ({ node: { leaseRenewedAt: minute(-9) } })),
      1,
      { nodes: { 'uid-workers-3': { lease: { renewedAt: minute(-9), seenAt: minute(0) } } } },
    ],
    [
      'a condition and its boot',
      third((at) => ({ node: { bootId: at < 2 ? 'a' : 'b' }, conditions: [aCondition('KernelDeadlock', 'True', 0)] })),
      3,
      {
        nodes: {
          'uid-workers-3': {
            conditions: {
              KernelDeadlock: { since: minute(0), bootId: 'a', rebooted: { bootId: 'b', heardAt: minute(0) } },
            },
          },
        },
      },
    ],
  ])('%s', (_, seen, minutes, expected) => {
    expect(watch(minutes, seen).memory).toMatchObject(expected);
  });

  it('a breaker, also while groups cannot be seen', () => {
    const seen = (at: number) =>
      aCluster({ workers: { size: 5, sick: { 1: notReady, 2: notReady } } }, at, at < 3 ? {} : { groups: denied });

    expect(watch(9, seen).memory.breakers).toMatchObject({
      'group workers': { openSince: minute(0), stormAt: minute(2) },
    });
  });

  it('what was started until it has ended, also when its instance is gone', () => {
    const execution = `repair-${id}-20260301T120000`;
    const seen = (at: number) =>
      aCluster(
        {
          workers: {
            size: 10,
            sick: { 3: at < 7 ? notReady : { node: null, instance: null, member: { lifecycleState: 'Terminating' } } },
          },
        },
        at,
      );
    const work = {
      instanceId: id,
      nodeName: '',
      groupName: '',
      zone: '',
      workflow: 'node-repair',
      execution,
      reason: '',
      since: '',
    };
    const ledger = (at: number): Ledger =>
      at < 6 || at > 19
        ? { ...idle, ended: at > 19 ? [{ execution, status: 'SUCCEEDED', outcome: '', at: minute(20) }] : [] }
        : { ended: [], work: { value: [work] } };

    expect(watch(19, seen, { ledger }).memory.begun).toMatchObject([
      { execution, groupName: 'workers', since: minute(5) },
    ]);
    expect(watch(20, seen, { ledger }).memory.begun).toEqual([]);
  });
});

describe('an episode whose repair is under way', () => {
  const execution = `repair-${id}-20260301T120000`;
  /** Silent from noon; the restart of its repair helps for two minutes. */
  const helpedForAWhile = (until = 10) =>
    third((at) => ({
      conditions: [
        at >= 8 && at < until ? aCondition('Ready', 'True', 8) : aCondition('Ready', 'Unknown', at < 8 ? 0 : until),
      ],
    }));
  const until = (end: number, status: string) => (at: number) => {
    const work = { instanceId: id, nodeName: 'workers-3', groupName: 'workers', zone: 'us-east-1a' };
    const running = { ...work, workflow: 'node-repair', execution, reason: '', since: minute(6) };
    return at < end
      ? { work: { value: at < 6 ? [] : [running] }, ended: [] }
      : { work: { value: [] }, ended: [{ execution, status, outcome: '', at: minute(end) }] };
  };

  it('goes on although a pass sees its node well: one that fails then is not begun again', () => {
    const ledger = until(30, 'FAILED');

    expect(watch(9, helpedForAWhile(), { ledger }).memory.subjects[id]).toMatchObject({
      since: minute(0),
      execution,
      signals: {},
    });
    for (const at of [30, 40, 120]) {
      expect(said(watch(at, helpedForAWhile(), { ledger }), id)).toBe(
        `ended: ${execution} ended FAILED: it needs a person`,
      );
    }
  });

  it('is over when its repair has ended and its node is well', () => {
    expect(watch(30, helpedForAWhile(99), { ledger: until(30, 'SUCCEEDED') }).memory.subjects).toEqual({});
  });

  it('is over when its repair has ended, and what comes after that is another one', () => {
    const ledger = until(30, 'SUCCEEDED');

    expect(said(watch(36, helpedForAWhile(31), { ledger }), id)).toBe('repair: restart, reboot, replace, page');
    expect(watch(36, helpedForAWhile(31), { ledger }).memory.subjects[id]).toMatchObject({ since: minute(31) });
  });
});

describe('two passes that overlap', () => {
  it('start the same under the same name', () => {
    const { memory } = watch(
      4,
      third(() => notReady),
    );
    const one = pass({ ...third(() => notReady)(5), memory });
    const other = pass({
      ...third(() => notReady)(5),
      at: new Date(Date.parse(minute(5)) + 20_000).toISOString(),
      memory,
    });

    expect(actions(one)).toEqual([`repair ${id}`]);
    expect(other.verdict.decisions).toEqual(one.verdict.decisions);
  });

  it('are one answer of EC2 and not two', () => {
    const silent = { node: { leaseRenewedAt: minute(-60) }, conditions: [aCondition('Ready', 'Unknown', -59)] };
    const gone = third(() => ({ ...silent, instance: null }));
    const { memory } = pass(gone(0));
    const at = new Date(Date.parse(minute(0)) + 20_000).toISOString();

    expect(said(pass({ ...gone(0), at, memory }), id)).toMatch(/^unconfirmed/);
  });
});

describe('times that nobody gave', () => {
  it('make no pass fail', () => {
    const nothing = { since: '', heardAt: '' };
    const sickness: Sickness = {
      node: { createdAt: '', leaseRenewedAt: '' },
      conditions: [aCondition('Ready', 'False', 0, nothing), aCondition('KernelDeadlock', 'True', 0, nothing)],
      instance: { launchedAt: '', systemStatus: 'impaired', impairedSince: '' },
    };
    const lost: Sickness = { node: null, instance: { launchedAt: '' } };
    const seen = (at: number) => aCluster({ workers: { size: 10, sick: { 3: sickness, 4: lost } } }, at);
    const ended = [{ execution: `repair-${id}-20260301T120000`, status: 'SUCCEEDED', outcome: '', at: '' }];

    expect(said(watch(5, seen), id)).toBe('repair: replace, page');
    expect(said(watch(15, seen), 'i-workers-0004')).toBe('repair: replace, page');
    expect(said(watch(9, seen, { ledger: () => ({ ...idle, ended }) }), id)).toMatch(/^page|^told/);
  });
});
