import { describe, expect, it } from 'vitest';
import type { Ledger, Work } from '../../../src/health/ledger.ts';
import type { Observations, ObservedGroup } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { stampOf } from '../../../src/health/time.ts';
import { aCluster, aCondition, aPolicy, minute, noon, type Sickness } from '../../support/health/observed.ts';
import { idle, pass, said, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0)] };
const deadlock: Sickness = { conditions: [aCondition('KernelDeadlock', 'True', -30)] };
const byHand = 'arn:aws:states:us-east-1:111111111111:execution:node-drain:x';
const repaired = 'repair: restart, reboot, replace, page';

const work = (changes: Partial<Work> = {}): Ledger => ({
  ended: [],
  work: {
    value: [
      {
        instanceId: id,
        nodeName: 'workers-3',
        groupName: 'workers',
        zone: 'us-east-1a',
        workflow: 'node-repair',
        execution: 'repair-a',
        reason: 'NotReady',
        since: minute(1),
        ...changes,
      },
    ],
  },
});

interface Case {
  readonly sickness?: Sickness;
  readonly group?: Partial<ObservedGroup>;
  readonly seen?: Partial<Observations>;
  readonly ledger?: Ledger;
  readonly policy?: HealthPolicy;
  readonly minutes?: number;
}

/** What is said about the third of ten nodes, which has not been Ready for five minutes. */
function saidOf({
  sickness = {},
  group = {},
  seen = {},
  ledger = idle,
  policy = aPolicy(),
  minutes = 5,
}: Case): string {
  const last = watch(
    minutes,
    (at) => aCluster({ workers: { size: 10, group, sick: { 3: { ...notReady, ...sickness } } } }, at, seen),
    { policy, ledger: (at) => (at === minutes ? ledger : idle) },
  );
  return said(last, id);
}

const andon = { reason: 'etcd upgrade', by: 'ann', since: minute(-9) };
const denied = { problem: 'AccessDenied' };
const away = { reachable: true, ready: false, failingChecks: ['etcd'], latencyMs: 9, problem: '' };

describe('why a sick node is not repaired', () => {
  it.each<[string, Case, string]>([
    ['nothing speaks against it', {}, repaired],
    [
      'the cord is pulled',
      { seen: { andon: { value: andon } } },
      `andon: andon is on: etcd upgrade (ann, ${minute(-9)})`,
    ],
    [
      'nobody can see whether it is',
      { seen: { andon: denied } },
      'unknown: the andon parameter could not be read: AccessDenied',
    ],
    ['repair is off', { policy: aPolicy({ repair: 'off' }) }, 'policy: repair is off by policy'],
    [
      'the cluster is paused',
      { policy: aPolicy({ pausedUntil: minute(9) }) },
      `paused: paused by the registry until ${minute(9)}`,
    ],
    [
      'somebody paused the cluster',
      { seen: { pause: { value: minute(9) } } },
      `paused: paused by tender pause until ${minute(9)}`,
    ],
    ['that pause is over', { seen: { pause: { value: minute(5) } } }, repaired],
    [
      'nobody can see whether somebody did',
      { seen: { pause: denied } },
      'unknown: whether somebody has paused the cluster could not be read: AccessDenied',
    ],
    [
      'nobody can see that, and the registry pauses it',
      { seen: { pause: denied }, policy: aPolicy({ pausedUntil: minute(9) }) },
      `paused: paused by the registry until ${minute(9)}`,
    ],
    ['the pause of the cluster is over', { policy: aPolicy({ pausedUntil: minute(5) }) }, repaired],
    ['the group is paused', { group: { paused: 'true' } }, 'paused: paused by the tag of group workers'],
    [
      'the node is paused',
      { sickness: { node: { paused: minute(90) } } },
      `paused: paused by annotation until ${minute(90)}`,
    ],
    ['the node is paused for good', { sickness: { node: { paused: 'true' } } }, 'paused: paused by annotation'],
    ['its pause cannot be read', { sickness: { node: { paused: 'tomorrow' } } }, 'paused: paused by annotation'],
    ['its pause is over', { sickness: { node: { paused: minute(5) } } }, repaired],
    ['its pause says false', { sickness: { node: { paused: 'false' } } }, repaired],
    [
      'its group lets it go',
      { sickness: { member: { lifecycleState: 'Terminating:Wait' } } },
      'leaving: its group lets it go (Terminating:Wait)',
    ],
    [
      'its group detaches it',
      { sickness: { member: { lifecycleState: 'Detaching' } } },
      'leaving: its group lets it go (Detaching)',
    ],
    [
      'it stands by',
      { sickness: { member: { lifecycleState: 'Standby' } } },
      'leaving: somebody took it out of service (Standby)',
    ],
    [
      'it waits at its launch hook',
      { sickness: { member: { lifecycleState: 'Pending:Wait' } } },
      'joining: it is not in service yet (Pending:Wait): its launch hook is answered by its join',
    ],
    [
      'it is repaired already',
      { ledger: work() },
      `under-way: repair repair-a is under way since ${minute(1)}: NotReady`,
    ],
    [
      'it is being retired',
      { ledger: work({ workflow: 'node-retire', execution: 'retire-b', reason: 'scheduled-maintenance' }) },
      `under-way: the node is being retired by retire-b since ${minute(1)}: scheduled-maintenance`,
    ],
    [
      'it is updated',
      { ledger: work({ workflow: 'os-update', execution: 'u', reason: '' }) },
      `under-way: os-update u works on it since ${minute(1)}`,
    ],
    [
      'somebody works on its Node, which they name alone',
      { ledger: work({ instanceId: '' }) },
      `under-way: repair repair-a is under way since ${minute(1)}: NotReady`,
    ],
    ['somebody works on another', { ledger: work({ instanceId: 'i-workers-0004', nodeName: 'workers-4' }) }, repaired],
    [
      'somebody stands on the node',
      { sickness: { node: { owner: byHand } } },
      'under-way: the node is in the hands of x',
    ],
    [
      'a person keeps it drained',
      {
        sickness: { node: { owner: byHand } },
        ledger: work({ workflow: 'node-drain', execution: 'x', isOver: true, succeeded: true }),
      },
      expect.stringMatching(/^page: .*; a person keeps it drained \(node-drain:x\), .* tender node put-back workers-3/),
    ],
    [
      'a rebalance recommendation has cordoned it',
      {
        sickness: { node: { owner: byHand.replace('node-drain', 'node-retire') } },
        ledger: work({ workflow: 'node-retire', execution: 'x', isOver: true, succeeded: true }),
      },
      expect.stringMatching(/^page: .*; node-retire:x has ended and left it cordoned, so it is not repaired/),
    ],
    [
      'whoever stood on it has died, and the sweep comes',
      {
        sickness: { node: { owner: byHand } },
        ledger: work({ workflow: 'node-drain', execution: 'x', isOver: true }),
      },
      'under-way: the node is in the hands of x',
    ],
    [
      'it rests in a warm pool',
      {
        sickness: { node: { owner: byHand, pooled: true } },
        ledger: work({ workflow: 'node-retire', execution: 'x', isOver: true, succeeded: true }),
      },
      'under-way: the node is in the hands of x',
    ],
    [
      'its group is refreshed',
      { group: { refreshing: true } },
      'under-way: an instance refresh replaces the members of group workers',
    ],
    [
      'the Nodes cannot be seen',
      { seen: { nodes: denied }, sickness: { instance: { systemStatus: 'impaired', impairedSince: minute(0) } } },
      'unknown: the Nodes could not be read: AccessDenied',
    ],
    [
      'EC2 cannot be seen',
      { seen: { instances: denied } },
      'unknown: the instances in EC2 could not be read: AccessDenied',
    ],
    [
      'zonal shifts cannot be seen',
      { seen: { zonalShifts: denied } },
      'unknown: zonal shifts could not be read: AccessDenied',
    ],
    [
      'nobody knows who works on what',
      { ledger: { work: denied, ended: [] } },
      'unknown: who works on what could not be read: AccessDenied',
    ],
    ['alarms cannot be seen, which give no reason', { seen: { alarms: denied } }, repaired],
    [
      'traffic is shifted from its zone',
      { seen: { zonalShifts: { value: [{ zone: 'us-east-1a', why: 'autoshift' }] } } },
      'zone: zonal shift away from us-east-1a (autoshift); 1 of 3 unhealthy in the zone',
    ],
    [
      'traffic is shifted from another zone',
      { seen: { zonalShifts: { value: [{ zone: 'us-east-1c', why: 'autoshift' }] } } },
      repaired,
    ],
  ])('%s', (_, circumstances, expected) => {
    expect(saidOf(circumstances)).toEqual(expected);
  });

  it('it is in no group of the cluster', () => {
    const last = watch(9, (at) => {
      const seen = aCluster({ workers: { size: 10 }, other: { size: 3, sick: { 2: notReady } } }, at);
      const groups = {
        value: 'value' in seen.groups ? seen.groups.value.filter(({ name }) => name === 'workers') : [],
      };
      return { ...seen, groups };
    });

    expect(said(last, 'i-other-0002')).toBe('not-ours: it is in no group of this cluster: left to whoever made it');
  });

  it('its instance has a younger Node: then that one is it, and nothing is done to one machine twice', () => {
    const last = watch(9, (at) => {
      const seen = aCluster({ workers: { size: 10, sick: { 3: notReady } } }, at);
      const nodes = 'value' in seen.nodes ? seen.nodes.value : [];
      const young = nodes.flatMap((one) =>
        one.instanceId === id
          ? { ...one, name: 'renamed', uid: 'u', createdAt: minute(-9), conditions: nodes[0]?.conditions ?? [] }
          : [],
      );
      return { ...seen, nodes: { value: [...young, ...nodes] } };
    });

    expect(said(last, id)).toBe('well');
    expect(said(last, 'node/workers-3')).toBe('not-ours: it is in no group of this cluster: left to whoever made it');
  });

  it('its group is an EKS node group, which sees to its nodes itself', () => {
    expect(saidOf({ group: { managedBy: 'EKS node group general' } })).toBe(
      'not-ours: EKS node group general sees to its nodes itself',
    );
  });

  it('its groups cannot be seen', () => {
    expect(saidOf({ seen: { groups: denied } })).toBe(
      'unknown: the Auto Scaling groups could not be read: AccessDenied',
    );
  });

  it('it was just started, and is not listed yet', () => {
    expect(saidOf({ minutes: 6 })).toBe(
      `under-way: repair repair-i-workers-0003-20260301T120000 is under way since ${minute(5)}: NotReady`,
    );
  });

  it('starts it again under the same name where it was never seen to run', () => {
    expect(saidOf({ minutes: 8 })).toBe(repaired);
  });

  it('the observations are two minutes old, or of the future', () => {
    const { memory } = watch(4, (at) => aCluster({ workers: { size: 10, sick: { 3: notReady } } }, at));
    const seen = { ...aCluster({ workers: { size: 10, sick: { 3: notReady } } }, 5), memory };
    const at = (seconds: number) => pass(seen, { now: new Date(noon.getTime() + 300_000 + seconds * 1000) });

    expect(said(at(120), id)).toBe(repaired);
    expect(said(at(121), id)).toBe(`stale: stale observations: they are of ${minute(5)}`);
    expect(said(at(-121), id)).toBe(`stale: stale observations: they are of ${minute(5)}`);
    expect(at(121).memory).toEqual(memory);
  });
});

describe('a repair that has ended', () => {
  const ended = (status: string, outcome: string, at: number): Ledger => ({
    work: { value: [] },
    ended: [{ execution: 'repair-i-workers-0003-20260301T120000', status, outcome, at: minute(at) }],
  });

  it.each<[string, number, Ledger, string]>([
    [
      'failed: it is a person’s',
      60,
      ended('FAILED', 'NodeNotRepaired', 40),
      'ended: repair-i-workers-0003-20260301T120000 ended FAILED (NodeNotRepaired): it needs a person',
    ],
    [
      'was stopped by somebody: the same',
      60,
      ended('ABORTED', '', 40),
      'ended: repair-i-workers-0003-20260301T120000 ended ABORTED: it needs a person',
    ],
    [
      'mended it, and that is to be seen yet',
      20,
      ended('SUCCEEDED', 'mended by reboot', 19),
      'ended: repair-i-workers-0003-20260301T120000 ended SUCCEEDED (mended by reboot): waits for that to be seen',
    ],
    [
      'says so, but a quarter of an hour later it is still sick',
      20,
      ended('SUCCEEDED', 'mended by reboot', 5),
      'page: Ready is False, although repair-i-workers-0003-20260301T120000 ended (mended by reboot)',
    ],
  ])('%s', (_, minutes, ledger, expected) => {
    expect(saidOf({ minutes, ledger })).toBe(expected);
  });

  it.each<[string, number, string | undefined]>([
    ['aside andon is on: drill', 24, undefined],
    ['aside andon is on: drill', 25, 'repair-i-workers-0003-20260301T120000-2'],
    ['stopped by a pause', 25, 'repair-i-workers-0003-20260301T120000-2'],
  ])('%s: is tried again at minute 25, at %i with %s', (outcome, minutes, execution) => {
    const ledger = ended('SUCCEEDED', outcome, 20);
    const last = watch(minutes, (at) => aCluster({ workers: { size: 10, sick: { 3: notReady } } }, at), {
      ledger: (at) => (at > 20 ? ledger : idle),
    });

    expect(last.verdict.decisions).toMatchObject([
      execution === undefined ? { because: 'ended', until: minute(25) } : { action: 'repair', execution },
    ]);
  });

  it('aside once more gets the next number, and a person is told when that has not helped', () => {
    const one = ended('SUCCEEDED', 'aside andon is on', 10).ended;
    const name = 'repair-i-workers-0003-20260301T120000-2';
    const other = (outcome: string) => [...one, { execution: name, status: 'SUCCEEDED', outcome, at: minute(20) }];
    const at = (minutes: number, outcome: string) =>
      watch(minutes, (now) => aCluster({ workers: { size: 10, sick: { 3: notReady } } }, now), {
        ledger: (now) => ({ ...idle, ended: now < 11 ? [] : now < 21 ? one : other(outcome) }),
      }).verdict.decisions;

    expect(at(25, 'aside a refresh')).toMatchObject([{ execution: 'repair-i-workers-0003-20260301T120000-3' }]);
    expect(at(35, 'mended by reboot')).toMatchObject([{ action: 'page' }]);
  });

  it('is over although another sign of it goes on: what comes back has a repair of its own', () => {
    const alarm = { name: 'disk-io', instanceId: id, since: minute(0), why: 'queue > 9' };
    const policy = aPolicy({ rules: [{ signal: 'Alarm:disk-io', afterMinutes: 5, ladder: ['page'] }] });
    const at = (minutes: number) =>
      watch(
        minutes,
        (now) => {
          const back = { conditions: [aCondition('Ready', 'False', 50)] };
          const sickness = now < 20 ? notReady : now < 50 ? {} : back;
          return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, now, { alarms: { value: [alarm] } });
        },
        { policy, ledger: (now) => (now > 20 ? ended('SUCCEEDED', 'mended by restart', 20) : idle) },
      ).verdict.decisions;

    expect(at(54)).not.toMatchObject([{ action: 'repair' }]);
    expect(at(55)).toMatchObject([{ execution: 'repair-i-workers-0003-20260301T125000', since: minute(50) }]);
    expect(at(56)).toMatchObject([{ because: 'under-way' }]);
    expect(at(58)).toMatchObject([{ execution: 'repair-i-workers-0003-20260301T125000' }]);
  });

  describe('and has failed, while another sign goes on that it was not for', () => {
    const failed = ended('FAILED', 'NodeNotRepaired', 20);
    const [{ execution } = { execution: '' }] = failed.ended;
    const of = { instanceId: id, nodeName: '', groupName: 'workers', zone: '', reason: '', since: minute(5) };
    const running: Ledger = { ended: [], work: { value: [{ ...of, workflow: 'node-repair', execution }] } };
    const alarm = (since: number) => ({ name: 'disk-io', instanceId: id, since: minute(since), why: 'queue > 9' });
    const policy = (ladder: string[]) => aPolicy({ rules: [{ signal: 'Alarm:disk-io', afterMinutes: 30, ladder }] });
    /** NotReady until a minute and again from another; an alarm from a minute on. */
    const at = (
      minutes: number,
      { until = 25, again = 999, from = 1, ladder = ['reboot', 'page'], is = failed } = {},
    ) => {
      const passes = (now: number) => {
        const back = { conditions: [aCondition('Ready', 'False', again)] };
        const sickness = now < until ? notReady : now < again ? {} : back;
        const alarms = { value: now < from ? [] : [alarm(from)] };
        return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, now, { alarms });
      };
      return watch(minutes, passes, {
        policy: policy(ladder),
        ledger: (now) => (now > 20 ? is : now > 5 ? running : idle),
      }).verdict.decisions;
    };
    const itsOwn = (since: number) => [{ execution: `repair-${id}-${stampOf(minute(since))}`, since: minute(since) }];

    it('is a person’s as long as its own sign is there', () => {
      expect(at(60, { until: 999 })).toMatchObject([{ because: 'ended' }]);
    });

    it('is over when that is gone: the other one is acted upon when its time is up, or told', () => {
      expect(at(30)).toMatchObject([{ because: 'waits' }]);
      expect(at(31)).toMatchObject(itsOwn(1));
      expect(at(31, { ladder: ['page'] })).toMatchObject([{ action: 'page', signal: 'Alarm:disk-io' }]);
      expect(at(70, { from: 40 })).toMatchObject(itsOwn(40));
    });

    it('gets a number where the other one has given it its name', () => {
      expect(at(30, { from: 0 })).toMatchObject([{ execution: `repair-${id}-20260301T120000-2` }]);
    });

    it('is a person’s where a person has stopped it', () => {
      const stopped = ended('ABORTED', '', 20);
      expect(at(60, { is: stopped })).toMatchObject([{ because: 'ended' }]);
      expect(at(75, { is: stopped, until: 45, from: 40 })).toMatchObject([{ because: 'ended' }]);
    });

    it('gets a name that nothing has had, also where its own was taken by one that ended earlier', () => {
      const again = { execution: `repair-${id}-${stampOf(minute(25))}`, status: 'FAILED', outcome: '', at: minute(40) };
      const mended = ended('SUCCEEDED', 'mended by restart', 20).ended;
      const passes = (now: number) => {
        const back = { conditions: [aCondition('Ready', 'False', 25)] };
        const sickness = now < 20 ? notReady : now < 25 || now > 45 ? {} : back;
        return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, now, { alarms: { value: [alarm(0)] } });
      };
      const policyOf = aPolicy({ rules: [{ signal: 'Alarm:disk-io', afterMinutes: 50, ladder: ['reboot', 'page'] }] });
      const ledger = (now: number) => ({ ...idle, ended: [...(now > 20 ? mended : []), ...(now > 40 ? [again] : [])] });
      expect(watch(30, passes, { policy: policyOf, ledger }).verdict.decisions).toMatchObject(itsOwn(25));
      expect(watch(50, passes, { policy: policyOf, ledger }).verdict.decisions).toMatchObject([
        { execution: `${again.execution}-2`, since: minute(0) },
      ]);
    });

    it('is over as well when its own sign comes back later', () => {
      expect(at(60, { again: 55, ladder: ['page'] })).toMatchObject(itsOwn(55));
    });

    it('is a person’s still where the other one came while it ran, and may be its doing', () => {
      expect(at(60, { from: 10 })).toMatchObject([{ because: 'ended' }]);
    });
  });

  it('is of that episode: the next one has a repair of its own', () => {
    const last = watch(
      55,
      (at) => {
        const sickness = at < 20 ? notReady : at < 50 ? {} : { conditions: [aCondition('Ready', 'False', 50)] };
        return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);
      },
      { ledger: (at) => (at > 20 ? ended('SUCCEEDED', 'mended by restart', 20) : idle) },
    );

    expect(last.verdict.decisions).toMatchObject([{ execution: 'repair-i-workers-0003-20260301T125000' }]);
  });
});

describe('a policy of notify', () => {
  const policy = aPolicy({ repair: 'notify' });

  it('tells a person when the time is up, once', () => {
    const words = 'Ready is False: repair is notify by policy';

    expect(saidOf({ policy, minutes: 4 })).toBe('waits: Ready is False: waits 1 min more');
    expect(saidOf({ policy, minutes: 5 })).toBe(`page: ${words}`);
    expect(saidOf({ policy, minutes: 9 })).toBe(`told: ${words}: a person was told at ${minute(5)}`);
  });
});

describe('the capacity of a group', () => {
  const ready: Partial<ObservedGroup> = { min: 9, desired: 10, max: 12 };
  const saidWith = (
    group: Partial<ObservedGroup>,
    others: Readonly<Record<number, Sickness>> = {},
    sickness: Sickness = deadlock,
  ) => {
    const policy = aPolicy({ rules: [{ signal: 'KernelDeadlock', afterMinutes: 0, ladder: ['replace', 'page'] }] });
    const seen = aCluster(
      { workers: { size: 10, group: { ...ready, ...group }, sick: { ...others, 3: sickness } } },
      0,
    );
    return said(pass(seen, { policy }), id);
  };
  const missing = { 4: { node: null, member: { lifecycleState: 'Pending' } } };
  const words =
    'capacity: a member of group workers is missing, and replace would take it below its minimum of 9 Ready nodes';

  it.each<[string, string, string]>([
    ['to spare: it is replaced', saidWith({}), 'repair: replace, page'],
    ['at its minimum: a replacement comes first', saidWith({ min: 10 }), 'repair: replace, page (launches first)'],
    ['with a member missing: waits for that', saidWith({}, missing), words],
    ['with a member missing that cannot come', saidWith({ suspended: ['Launch'] }, missing), 'repair: replace, page'],
    ['that cannot grow: waits for nothing', saidWith({ min: 10, max: 10 }), 'repair: replace, page'],
    [
      'is no matter for a node that serves nobody',
      saidWith({ min: 10 }, missing, { conditions: [...(deadlock.conditions ?? []), aCondition('Ready', 'False', 0)] }),
      'repair: replace, page',
    ],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected);
  });

  it('counts the nodes that the same pass replaces', () => {
    const policy = aPolicy({ rules: [{ signal: 'KernelDeadlock', afterMinutes: 0, ladder: ['replace', 'page'] }] });
    const sick = { 3: deadlock, 4: deadlock };
    const last = pass(aCluster({ workers: { size: 10, group: ready, sick } }, 0), { policy });

    expect([said(last, id), said(last, 'i-workers-0004')]).toEqual([
      'repair: replace, page',
      'repair: replace, page (launches first)',
    ]);
  });
});

describe('an image whose instances do not join', () => {
  const failed = (inARow: number): Partial<Observations> => ({
    failedJoins: { value: [{ launchTemplate: 'lt-1:1', inARow, instances: ['i-1', 'i-2', 'i-3'] }] },
  });
  const system: Sickness = { instance: { systemStatus: 'impaired', impairedSince: minute(0) } };

  it.each<[string, Case, string]>([
    ['twice: one more is tried', { seen: failed(2), sickness: system }, 'repair: replace, page'],
    [
      'three times: nothing is replaced by it',
      { seen: failed(3), sickness: system },
      'bad-image: bad image: the last 3 instances of lt-1:1 did not join',
    ],
    ['nor at the end of a ladder', { seen: failed(3) }, 'repair: restart, reboot, page'],
    [
      'but by another one',
      { seen: failed(3), sickness: system, group: { launchTemplate: 'lt-1:2' } },
      'repair: replace, page',
    ],
    [
      'where nobody counts them nothing is replaced',
      { seen: { failedJoins: denied } },
      'unknown: the count of failed joins could not be read: AccessDenied',
    ],
  ])('%s', (_, circumstances, expected) => {
    expect(saidOf(circumstances)).toBe(expected);
  });

  it('is told to a person, and shown as a breaker', () => {
    const last = pass(aCluster({ workers: { size: 10 } }, 0, failed(3)));

    expect(said(last, 'image/lt-1:1')).toBe('page: the last 3 instances of lt-1:1 did not join: i-1, i-2, i-3');
    expect(last.verdict.breakers).toContainEqual(expect.objectContaining({ name: 'image lt-1:1', open: true }));
  });
});

describe('Nodes whose instances EC2 does not know', () => {
  const silent = {
    node: { leaseRenewedAt: minute(-60) },
    conditions: [aCondition('Ready', 'Unknown', -59)],
  } satisfies Sickness;
  const lost: Sickness = { ...silent, instance: null };
  const alive =
    'unconfirmed: EC2 does not know i-workers-0003, but the Node is Ready or its lease moves: left to a person';

  it.each<[string, Sickness, Partial<ObservedGroup>, string | RegExp]>([
    ['are deleted when they are silent as well', lost, {}, /^delete-node/],
    ['but not while they are Ready', { instance: null }, {}, alive],
    ['nor while they are Ready by their word only', { ...lost, conditions: [] }, {}, alive],
    ['nor while their lease moves', { ...lost, node: { leaseRenewedAt: minute(0.9) } }, {}, alive],
    ['but when they never had one', { ...lost, node: { leaseRenewedAt: null } }, {}, /^delete-node/],
    [
      'nor when somebody else sees to their group',
      lost,
      { managedBy: 'EKS node group general' },
      'not-ours: EKS node group general sees to its nodes itself',
    ],
    [
      'which are deleted all the same when EC2 says that it has terminated them, Ready or not',
      { instance: { state: 'terminated' } },
      { managedBy: 'EKS node group general' },
      /^delete-node/,
    ],
  ])('%s', (_, sickness, group, expected) => {
    const last = watch(1, (at) => aCluster({ workers: { size: 10, group, sick: { 3: sickness } } }, at));

    expect(said(last, id)).toMatch(typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected);
  });

  it.each<[string, Sickness, RegExp]>([
    [
      'are left alone when they are in no group, and nothing else says whose they were',
      lost,
      /^not-ours: EC2 does not know i-other-0002, and no group, .*: left to a person \(kubectl delete node other-2\)$/,
    ],
    ['unless EC2 says that it has terminated them', { instance: { state: 'terminated' } }, /^delete-node/],
  ])('%s', (_, sickness, expected) => {
    const last = watch(1, (at) => {
      const seen = aCluster({ workers: { size: 10 }, other: { size: 3, sick: { 2: sickness } } }, at);
      const groups = 'value' in seen.groups ? seen.groups.value.filter(({ name }) => name === 'workers') : [];
      return { ...seen, groups: { value: groups } };
    });

    expect(said(last, 'i-other-0002')).toMatch(expected);
  });

  describe('nor any group any more', () => {
    /** In a group of the cluster until EC2 ends it at minute 2, and for an hour after that known to EC2 as terminated. */
    const ended = (at: number, sickness: (at: number) => Sickness, changes: Partial<Observations> = {}) => {
      const seen = aCluster({ workers: { size: 10, sick: { 3: sickness(at) } } }, at, changes);
      const groups = 'value' in seen.groups ? seen.groups.value : [];
      const members = (one: ObservedGroup) => one.members.filter(({ instanceId }) => instanceId !== id);
      return at < 2 ? seen : { ...seen, groups: { value: groups.map((one) => ({ ...one, members: members(one) })) } };
    };
    const until62 = (at: number): Sickness =>
      at < 2 ? {} : { ...silent, instance: at < 62 ? { state: 'terminated' } : null };
    const cord = { andon: { value: andon } };

    it('are deleted when EC2 has called them terminated before it forgot them, however long nobody might do anything', () => {
      const seen = (at: number) => ended(at, until62, at < 90 ? cord : {});

      expect(said(watch(89, seen), id)).toMatch(/^andon/);
      expect(said(watch(90, seen), id)).toBe(`delete-node: EC2 does not know ${id}: its Node is deleted`);
    });

    it('as well when the API server was away meanwhile', () => {
      const seen = (at: number) =>
        ended(at, until62, at < 5 ? cord : at < 90 ? { apiServer: away, nodes: denied } : {});

      expect(said(watch(99, seen), id)).toMatch(/^delete-node/);
    });

    it('are deleted when there is a claim of ours on them, and else left to a person', () => {
      const seen = (at: number) => ended(at, (now) => (now < 2 ? {} : lost));
      const claim = { instanceId: id, owner: 'arn', claimedAt: minute(0), deadline: minute(1) };
      const ledger = () => ({ ...idle, claims: { value: [claim] } });

      expect(said(watch(3, seen, { ledger }), id)).toMatch(/^delete-node/);
      expect(said(watch(2, seen, { ledger }), id)).toMatch(/^unconfirmed: .*: waits for EC2 to say so again$/);
      expect(said(watch(3, seen), id)).toMatch(/^not-ours: .*: left to a person/);
    });

    it('are no reason to doubt EC2 when they were many, and terminated', () => {
      const seen = (at: number) => {
        const gone = until62(at);
        return aCluster(
          { workers: { size: 10, sick: { 2: gone, 3: gone, 4: gone, 5: gone } } },
          at,
          at < 70 ? cord : {},
        );
      };

      expect(said(watch(70, seen), id)).toMatch(/^delete-node/);
    });
  });

  it('are left alone when it is the only one, by whose lease its own is no older', () => {
    const only = (leaseRenewedAt: string) =>
      said(
        watch(1, (at) => aCluster({ workers: { size: 1, sick: { 1: { ...lost, node: { leaseRenewedAt } } } } }, at)),
        'i-workers-0001',
      );

    expect(only(minute(0))).toMatch(/^unconfirmed: .* left to a person$/);
    expect(only(minute(-11))).toMatch(/^delete-node/);
  });

  const goneFrom = (numbers: readonly number[], sickness: Sickness) =>
    watch(1, (at) =>
      aCluster({ workers: { size: 10, sick: Object.fromEntries(numbers.map((one) => [one, sickness])) } }, at),
    );

  it('are not believed in when they are many', () => {
    expect(said(goneFrom([3, 4], lost), id)).toMatch(/^delete-node/);
    expect(said(goneFrom([3, 4, 5], lost), id)).toBe(
      'unconfirmed: EC2 does not know the instances of 3 of 10 Nodes: that is doubted',
    );
  });

  it('but are when EC2 says itself that it has terminated them', () => {
    expect(said(goneFrom([3, 4, 5, 6], { instance: { state: 'terminated' } }), id)).toMatch(/^delete-node/);
  });

  it('count from the first answer again when EC2 knew them in between', () => {
    const last = watch(2, (at) => aCluster({ workers: { size: 10, sick: { 3: at === 1 ? silent : lost } } }, at));

    expect(said(last, id)).toMatch(/^unconfirmed/);
  });

  it.each<[string, Case, RegExp]>([
    ['the API server is away', { seen: { apiServer: away } }, /^api-server-away/],
    ['the cord is pulled', { seen: { andon: { value: andon } } }, /^andon/],
    ['their node is paused', { sickness: { node: { paused: 'true' } } }, /^paused/],
    ['somebody works on them', { ledger: work({ workflow: 'node-retire' }) }, /^under-way/],
    ['the policy is to tell', { policy: aPolicy({ repair: 'notify' }) }, /^page: .*: repair is notify by policy$/],
    [
      'the rule is to tell',
      { policy: aPolicy({ rules: [{ signal: 'NodeWithoutInstance', afterMinutes: 0, ladder: ['page'] }] }) },
      /^page/,
    ],
    [
      'the rule waits',
      { policy: aPolicy({ rules: [{ signal: 'NodeWithoutInstance', afterMinutes: 9, ladder: ['replace'] }] }) },
      /^waits/,
    ],
  ])('stay while %s', (_, circumstances, expected) => {
    expect(saidOf({ minutes: 1, ...circumstances, sickness: { ...lost, ...circumstances.sickness } })).toMatch(
      expected,
    );
  });

  it('are a person’s when cleaning up has not helped', () => {
    const execution = `clean-up-${id}-20260301T120000`;
    const ended = (status: string): Ledger => ({
      work: { value: [] },
      ended: [{ execution, status, outcome: '', at: minute(2) }],
    });
    const sickness = lost;

    expect(saidOf({ minutes: 9, sickness, ledger: ended('FAILED') })).toBe(
      `ended: ${execution} ended FAILED: it needs a person`,
    );
    expect(saidOf({ minutes: 9, sickness, ledger: ended('SUCCEEDED') })).toMatch(
      /^ended: .* waits for that to be seen$/,
    );
    expect(saidOf({ minutes: 17, sickness, ledger: ended('SUCCEEDED') })).toMatch(/^page/);
  });
});
