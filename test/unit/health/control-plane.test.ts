import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/health/ledger.ts';
import type { Observations, ObservedEtcdMember } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { aCluster, aCondition, anEtcd, aPolicy, minute, type Sickness } from '../../support/health/observed.ts';
import { actions, idle, type Pass, said, watch } from '../../support/health/watch.ts';

const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0)] };
const system: Sickness = { instance: { systemStatus: 'impaired', impairedSince: minute(0) } };
const gone: Sickness = { node: null, instance: null };
/** What is left of one that EC2 does not know. */
const lost: Sickness = {
  node: { leaseRenewedAt: minute(-60) },
  conditions: [aCondition('Ready', 'Unknown', -59)],
  instance: null,
};
const first = 'i-cp-0001';
const unwell = { healthy: false, problem: 'no answer', databaseBytes: null, raftLag: null };

interface Case {
  readonly size?: number;
  readonly sick?: Readonly<Record<number, Sickness>>;
  readonly worker?: Sickness;
  readonly members?: Readonly<Record<number, Partial<ObservedEtcdMember>>>;
  readonly etcd?: Observations['etcd'] | null;
  readonly ledger?: Ledger;
  readonly policy?: HealthPolicy;
  readonly minutes?: number;
}

/** A control plane of three, each with a member of etcd, beside ten workers. */
function passes({
  size = 3,
  sick = {},
  worker,
  members = {},
  etcd,
  ledger = idle,
  policy = aPolicy(),
  minutes = 5,
}: Case): Pass {
  const seen = etcd === null ? {} : { etcd: etcd ?? anEtcd('cp', size, members)() };
  return watch(
    minutes,
    (at) => {
      const cp = { size, sick, group: { role: 'control-plane' as const } };
      return aCluster({ cp, workers: { size: 10, sick: worker === undefined ? {} : { 1: worker } } }, at, seen);
    },
    { policy, ledger: (at) => (at === minutes ? ledger : idle) },
  );
}

const working = (workflow: string, instanceId: string, groupName: string): Ledger => ({
  ended: [],
  work: {
    value: [{ instanceId, nodeName: '', groupName, zone: '', workflow, execution: 'x', reason: '', since: minute(0) }],
  },
});

describe('a sick node of the control plane', () => {
  it.each<[string, Case, string]>([
    ['whose etcd spares it is repaired', { sick: { 1: notReady } }, 'repair: restart, reboot, replace, page'],
    [
      'whose own member is unwell as well',
      { sick: { 1: notReady }, members: { 1: unwell } },
      'repair: restart, reboot, replace, page',
    ],
    [
      'with another member unwell',
      { sick: { 1: notReady }, members: { 2: unwell } },
      'quorum: etcd would lose quorum: of 3 voters it takes 2, and 1 of the others are well',
    ],
    [
      'of five with another unwell',
      { size: 5, sick: { 1: notReady }, members: { 2: unwell } },
      'repair: restart, reboot, replace, page',
    ],
    [
      'of five with two others unwell',
      { size: 5, sick: { 1: notReady }, members: { 2: unwell, 3: unwell } },
      'quorum: etcd would lose quorum: of 5 voters it takes 3, and 2 of the others are well',
    ],
    [
      'with a learner, which has no vote',
      { sick: { 1: notReady }, members: { 3: { learner: true } } },
      'quorum: etcd would lose quorum: of 2 voters it takes 2, and 1 of the others are well',
    ],
    [
      'that is alone',
      { size: 1, sick: { 1: notReady } },
      'quorum: etcd would lose quorum: of 1 voters it takes 1, and 0 of the others are well',
    ],
    [
      'without a member of its own',
      { sick: { 1: notReady }, etcd: anEtcd('elsewhere', 3)() },
      'repair: restart, reboot, replace, page',
    ],
    [
      'whose etcd has lost its quorum',
      { sick: { 1: notReady }, etcd: anEtcd('cp', 3)({ quorum: 'lost' }) },
      'quorum: etcd would lose quorum: it has none now',
    ],
    [
      'whose etcd may have one',
      { sick: { 1: notReady }, etcd: anEtcd('cp', 3)({ quorum: 'unknown' }) },
      'quorum: etcd would lose quorum: nobody knows whether it has one now',
    ],
    [
      'whose etcd cannot be seen',
      { sick: { 1: notReady }, etcd: { problem: 'EtcdUnavailable' } },
      'unknown: etcd could not be read: EtcdUnavailable',
    ],
    ['whose etcd nobody describes is only restarted', { sick: { 1: notReady }, etcd: null }, 'repair: restart, page'],
    [
      'which a restart does not help is a person’s',
      { sick: { 1: system }, etcd: null },
      'page: EC2 finds its host impaired',
    ],
    [
      'while another is repaired',
      { sick: { 1: notReady }, ledger: working('node-repair', 'i-cp-0002', 'cp') },
      'control-plane-busy: control plane: one at a time, and node-repair x is under way',
    ],
    [
      'while another is replaced that is gone already',
      { sick: { 1: notReady }, ledger: working('node-retire', 'i-77', 'cp') },
      'control-plane-busy: control plane: one at a time, and node-retire x is under way',
    ],
    [
      'while a member is replaced',
      { sick: { 1: notReady }, ledger: working('etcd-member-replace', '', '') },
      'control-plane-busy: control plane: one at a time, and etcd-member-replace x is under way',
    ],
    [
      'while etcd is restored',
      { sick: { 1: notReady }, ledger: working('etcd-restore', '', '') },
      'control-plane-busy: control plane: one at a time, and etcd-restore x is under way',
    ],
    [
      'while a worker is retired',
      { sick: { 1: notReady }, ledger: working('node-retire', 'i-workers-0002', 'workers') },
      'repair: restart, reboot, replace, page',
    ],
  ])('%s', (_, circumstances, expected) => {
    expect(said(passes(circumstances), first)).toBe(expected);
  });

  it('goes before the next one in the same pass, where there are groups for each zone', () => {
    const last = watch(5, (at) => {
      const group = { role: 'control-plane' as const };
      const one = { size: 1, group, sick: { 1: notReady } };
      return aCluster({ 'cp-a': one, 'cp-b': one, 'cp-c': { size: 1, group }, workers: { size: 20 } }, at, {
        etcd: anEtcd('x', 3)(),
      });
    });

    expect(said(last, 'i-cp-a-0001')).toMatch(/^repair/);
    expect(said(last, 'i-cp-b-0001')).toBe(
      'control-plane-busy: control plane: one at a time, and i-cp-a-0001 is begun with',
    );
  });

  it('does not hold up workers', () => {
    expect(said(passes({ sick: { 1: notReady }, worker: notReady }), 'i-workers-0001')).toMatch(/^repair/);
  });
});

describe('a member of etcd that is unwell', () => {
  const member = 'etcd-member/m1';
  const replaced = 'replace-member: member etcd-1 is not well: no answer, and its instance is gone: it is replaced';

  it.each<[string, Case, string]>([
    [
      'waits five minutes',
      { members: { 1: unwell }, minutes: 4 },
      'waits: member etcd-1 is not well: no answer: waits 1 min more',
    ],
    ['with its instance there is a person’s', { members: { 1: unwell } }, 'page: member etcd-1 is not well: no answer'],
    ['with its instance gone is replaced', { sick: { 1: gone }, members: { 1: unwell } }, replaced],
    [
      'and terminated as well',
      { sick: { 1: { node: null, instance: { state: 'terminated' } } }, members: { 1: unwell } },
      replaced,
    ],
    [
      'but not when it only stopped',
      { sick: { 1: { node: null, instance: { state: 'stopped' } } }, members: { 1: unwell } },
      'page: member etcd-1 is not well: no answer',
    ],
    [
      'is not replaced when the others are no quorum',
      { sick: { 1: gone }, members: { 1: unwell, 2: unwell } },
      'quorum: etcd would lose quorum: of 3 voters it takes 2, and 1 of the others are well',
    ],
    [
      'nor while another is',
      { sick: { 1: gone }, members: { 1: unwell }, ledger: working('etcd-member-replace', 'i-77', 'cp') },
      'control-plane-busy: control plane: one at a time, and etcd-member-replace x is under way',
    ],
    [
      'nor while its node is repaired',
      { members: { 1: unwell }, ledger: working('node-repair', first, 'cp') },
      `under-way: repair x is under way since ${minute(0)}`,
    ],
    [
      'of no known instance is a person’s',
      { members: { 1: { ...unwell, instanceId: '' } } },
      'page: member etcd-1 is not well: no answer',
    ],
    [
      'under a policy of notify is a person’s',
      { sick: { 1: gone }, members: { 1: unwell }, policy: aPolicy({ repair: 'notify' }) },
      'page: member etcd-1 is not well: no answer: repair is notify by policy',
    ],
    [
      'while the cluster is paused',
      { sick: { 1: gone }, members: { 1: unwell }, policy: aPolicy({ pausedUntil: minute(60) }) },
      `paused: paused by the registry until ${minute(60)}`,
    ],
    [
      'that lags is only shown',
      { members: { 1: { raftLag: 6000 } }, minutes: 60 },
      'shown: member etcd-1 is 6000 entries behind: only shown, by the rule for EtcdMemberLags',
    ],
    ['that is a little behind is well', { members: { 1: { raftLag: 5000 } }, minutes: 60 }, 'well'],
  ])('%s', (_, circumstances, expected) => {
    expect(said(passes(circumstances), member)).toBe(expected);
  });

  it('whose instance EC2 says only now is gone waits for it to say so again', () => {
    const seen = (at: number) =>
      aCluster({ cp: { size: 3, sick: at < 6 ? {} : { 1: gone }, group: { role: 'control-plane' } } }, at, {
        etcd: anEtcd('cp', 3, { 1: unwell })(),
      });
    const policy = aPolicy({
      rules: [{ signal: 'EtcdMemberUnhealthy', afterMinutes: 6, ladder: ['replace', 'page'] }],
    });

    expect(said(watch(6, seen, { policy }), member)).toMatch(/^unconfirmed/);
    expect(said(watch(7, seen, { policy }), member)).toBe(replaced);
  });

  it('whose instance nobody can find by its address any more is known by where it was', () => {
    const seen = (at: number) =>
      aCluster({ cp: { size: 3, sick: at < 2 ? {} : { 1: gone }, group: { role: 'control-plane' } } }, at, {
        etcd: anEtcd('cp', 3, at < 2 ? {} : { 1: { ...unwell, instanceId: '' } })(),
      });

    expect(said(watch(7, seen), member)).toBe(replaced);
  });

  it('while the andon is on is told where that is all that is done, and not replaced', () => {
    const cord = { value: { reason: 'drill', by: 'ann', since: minute(0) } };
    const at = (minutes: number, sick: Readonly<Record<number, Sickness>>) =>
      said(
        watch(minutes, (now) =>
          aCluster({ cp: { size: 3, sick, group: { role: 'control-plane' } } }, now, {
            etcd: anEtcd('cp', 3, { 1: unwell })(),
            andon: cord,
          }),
        ),
        member,
      );

    expect(at(4, {})).toBe(`andon: andon is on: drill (ann, ${minute(0)})`);
    expect(at(5, {})).toMatch(/^page: member etcd-1 is not well/);
    expect(at(6, {})).toMatch(/^told: /);
    expect(at(9, { 1: gone })).toMatch(/^andon: /);
  });

  it('and its Node, whose instance went with it, are seen to one after the other', () => {
    const seen = (at: number) =>
      aCluster({ cp: { size: 3, sick: { 1: at < 3 ? lost : gone }, group: { role: 'control-plane' } } }, at, {
        etcd: anEtcd('cp', 3, { 1: unwell })(),
      });

    expect(actions(watch(1, seen))).toEqual(['delete-node i-cp-0001']);
    expect(actions(watch(5, seen))).toEqual(['replace-member etcd-member/m1']);
  });
});

const snapshot = {
  snapshotId: '20260302T084500Z-r500',
  takenAt: minute(-11),
  snapshotRevision: 500,
  proven: true,
  newestProven: '20260302T084500Z-r500',
  survivorRevision: 505,
};
const quorumLost = 'etcd has lost its quorum (not well: etcd-2, etcd-3); ';
const offer =
  'etcd-restore can bring it back from snapshot 20260302T084500Z-r500 of 11 minutes ago, which a drill has restored; lost would be what was written since: up to 5 revisions (etcd is at 505, the snapshot at 500). To see it, and nothing more: npx tender etcd restore demo --plan';

describe('etcd as a whole', () => {
  it.each<[string, Observations['etcd'], number, string]>([
    [
      'that has lost its quorum is told at once, with the snapshot that brings it back, its age, and what would be lost',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({ quorum: 'lost', restore: snapshot }),
      0,
      `page: ${quorumLost}${offer}`,
    ],
    [
      'that has lost it while nobody answers, and whose newest snapshot is not proven, is told with the newest that is',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({
        quorum: 'lost',
        restore: { ...snapshot, proven: false, newestProven: '20260301T084500Z-r400', survivorRevision: null },
      }),
      0,
      `page: ${quorumLost}etcd-restore can bring it back from snapshot 20260302T084500Z-r500 of 11 minutes ago, which no drill has restored (the newest that one has: 20260301T084500Z-r400); lost would be what was written since: no member answers that could say how much. To see it, and nothing more: npx tender etcd restore demo --plan`,
    ],
    [
      'that has lost it and has no snapshot is told so',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({ quorum: 'lost', restore: null }),
      0,
      `page: ${quorumLost}there is no snapshot to restore it from`,
    ],
    [
      'that has lost it, with snapshots that cannot be read, is told so all the same',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({ quorum: 'lost', restore: 'AwsAccessDenied: no' }),
      0,
      `page: ${quorumLost}what it could be restored from could not be read: AwsAccessDenied: no`,
    ],
    [
      'and told once',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({ quorum: 'lost', restore: null }),
      9,
      `told: ${quorumLost}there is no snapshot to restore it from: a person was told at ${minute(0)}`,
    ],
    [
      'that may have one is not said to have lost it',
      anEtcd('cp', 3, { 2: unwell, 3: unwell })({ quorum: 'unknown' }),
      9,
      'waits: members of etcd do not answer: etcd-2, etcd-3; nobody knows whether it has its quorum: waits 1 min more',
    ],
    [
      'but is told when nobody knows for ten minutes',
      { value: { quorum: 'unknown', members: [], alarms: [] } },
      10,
      'page: no member of etcd answers; nobody knows whether it has its quorum',
    ],
    [
      'that raises an alarm is told',
      anEtcd('cp', 3)({ alarms: [{ kind: 'NOSPACE', memberId: 'm2' }] }),
      0,
      'page: etcd raises NOSPACE on m2',
    ],
    [
      'that takes 80 % of its quota is told',
      anEtcd('cp', 3, { 2: { databaseBytes: 1_600_000_000 } })(),
      0,
      'page: the database of etcd-2 takes 80 % of its quota or more',
    ],
    ['that takes less is well', anEtcd('cp', 3, { 2: { databaseBytes: 1_599_999_999 } })(), 0, 'well'],
    ['whose quota nobody knows is well', anEtcd('cp', 3, { 2: { quotaBytes: null } })(), 0, 'well'],
  ])('%s', (_, etcd, minutes, expected) => {
    expect(said(passes({ etcd, minutes }), 'etcd')).toBe(expected);
  });

  it('is told of what is worse, and again when that comes back, although something else has been told and goes on', () => {
    const full = { 2: { databaseBytes: 1_700_000_000 } };
    const seen = (at: number) => {
      const lost = at === 30 || at === 31 || at >= 40;
      return aCluster({ cp: { size: 3, group: { role: 'control-plane' } } }, at, {
        etcd: anEtcd(
          'cp',
          3,
          full,
        )({
          quorum: lost ? 'lost' : 'kept',
          alarms: at < 35 ? [] : [{ kind: 'NOSPACE', memberId: 'm2' }],
        }),
      });
    };
    const at = (minutes: number) => said(watch(minutes, seen), 'etcd');

    expect([at(0), at(29), at(30), at(31), at(35), at(36), at(40), at(41)]).toEqual([
      expect.stringMatching(/^page: the database/),
      expect.stringMatching(/^told: the database/),
      expect.stringMatching(/^page: etcd has lost its quorum/),
      expect.stringMatching(/^told: the database/),
      expect.stringMatching(/^page: etcd raises NOSPACE/),
      expect.stringMatching(/^told/),
      expect.stringMatching(/^page: etcd has lost its quorum/),
      expect.stringMatching(/^told/),
    ]);
  });

  it('that cannot be seen is told after a quarter of an hour', () => {
    const etcd = { problem: 'EtcdUnavailable' };

    expect(said(passes({ etcd, minutes: 14 }), 'part/etcd')).toMatch(/^waits/);
    expect(said(passes({ etcd, minutes: 15 }), 'part/etcd')).toBe('page: etcd could not be read: EtcdUnavailable');
  });
});

describe('members of their own, which have no Node', () => {
  it('are not said to have never joined, and are looked after as control planes are', () => {
    const seen = (sick: Readonly<Record<number, Sickness>>) => (at: number) => {
      const numbers = [1, 2, 3].map((number) => [number, { node: null, ...sick[number] }] as const);
      const etcd = { size: 3, group: { role: 'etcd' as const }, sick: Object.fromEntries(numbers) };
      return aCluster({ etcd, workers: { size: 10 } }, at, { etcd: anEtcd('etcd', 3)() });
    };

    expect(watch(60, seen({})).verdict.decisions).toEqual([]);
    expect(said(watch(5, seen({ 2: system })), 'i-etcd-0002')).toBe('repair: replace, page');
  });
});
