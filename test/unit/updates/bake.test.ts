import { describe, expect, it } from 'vitest';
import { bakes } from '../../../src/updates/bake.ts';
import { nothingWorse } from '../../../src/updates/counted-pods.ts';
import { decideUpdate } from '../../../src/updates/decide-update.ts';
import type { PodRestart, PodSight, UnreadyPod } from '../../../src/updates/sight.ts';
import type { Turn } from '../../../src/updates/turn.ts';
import type { Bake, Validation } from '../../../src/updates/update-record.ts';
import { UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const until = '2026-03-01T12:00:00.000Z';
const restart = (more: Partial<PodRestart> = {}): PodRestart => ({
  pod: 'default/shop-1',
  nodeName: 'new',
  workload: 'default/ReplicaSet/shop',
  revision: 'r1',
  at: '2026-03-01T11:59:00Z',
  ...more,
});

/** On a node of the new image, while others like it are ready on one of the old. */
const unready = (more: Partial<UnreadyPod> = {}): UnreadyPod => ({
  pod: 'default/shop-1',
  nodeName: 'new',
  workload: 'default/ReplicaSet/shop',
  revision: 'r1',
  readyOn: ['old', 'new'],
  createdAt: '2026-03-01T11:50:00Z',
  since: '2026-03-01T11:55:00Z',
  ...more,
});

/** As they are counted, but for what all pods were made from. */
type Pods = Omit<PodSight, 'revisions'> | null;

/** A canary whose bake of half an hour was over so many minutes ago, and well so far. */
function turnWith(
  pods: Pods,
  {
    minutesAfter = 6,
    podsRestarted = 0,
    validation = {},
    ...bake
  }: Partial<Bake> & {
    readonly minutesAfter?: number;
    readonly podsRestarted?: number;
    readonly validation?: Partial<Validation>;
  } = {},
): Turn {
  const model = new UpdateModel({ random: () => 0.5, nodes: 2, room: 1 });
  const [member] = model.group.members;
  const group = {
    ...model.group,
    members: [
      { ...member, instanceId: 'i-old', launchTemplateId: 'lt-1', version: '1' },
      { ...member, instanceId: 'i-new', launchTemplateId: 'lt-1', version: '2' },
    ] as typeof model.group.members,
  };
  const node = (name: string) => ({
    name,
    instanceId: `i-${name}`,
    ready: true,
    outdated: false,
    held: false,
    heldByUs: false,
    owner: '',
  });
  const well = { good: 2, goodAt: until, badSince: '', blamedSince: '', incompleteSince: '', problems: [] };
  return {
    record: aRecord({
      phase: 'bake',
      suspended: [],
      bake: { until, ...counted, ...nothingWorse, ...bake },
      validation: { ...well, ...validation },
    }),
    sight: { ...model.sight(), group, nodes: [node('old'), node('new')], pods: pods && { ...pods, revisions: ['r1'] } },
    group,
    rules: { ...model.rules, bakeMinutes: 30, podsRestarted },
    now: new Date(Date.parse(until) + minutesAfter * 60_000),
  };
}

/** Before the canary all were well, and of one revision. */
const counted = {
  countedAt: '2026-03-01T11:20:00.000Z',
  podsNotReady: 0,
  notReadyOf: {},
  notReady: [],
  restarting: [],
  revisions: ['r1'],
} as const;
const notReadySince = '2026-03-01T12:01:00.000Z';
/** Too many pods, and this one of the canary's own, for five minutes. */
const ownSince = (since = notReadySince, pod = 'default/shop-1') => ({ notReadySince, ownNotReady: { [pod]: since } });
const seen = (at: string, pod = 'default/shop-1') => ({ restarts: { [pod]: at } });

const till = 'default/ReplicaSet/till';
/** A pod of its own, six minutes after the bake, that began to start so many minutes ago. */
const bare = (minutes: number, more: Partial<UnreadyPod> = {}): UnreadyPod => {
  const createdAt = new Date(Date.parse('2026-03-01T12:06:00Z') - minutes * 60_000).toISOString();
  const pod = `ci/run-${minutes}`;
  return unready({
    ...{ pod, nodeName: 'old', workload: `ci/Pod/run-${minutes}`, revision: '', readyOn: [] },
    ...{ createdAt, since: createdAt, ...more },
  });
};

describe('after its bake a canary', () => {
  it.each<[string, Pods, Parameters<typeof turnWith>[1], string]>([
    ['on which nothing restarts is good', { unready: [], restarted: [] }, {}, 'waves'],
    ['is watched on when a pod has restarted once', { unready: [], restarted: [restart()] }, {}, 'bake'],
    [
      'is watched on when a pod has restarted twice within five minutes, as one that waits for its database',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:03:00Z' })] },
      seen('2026-03-01T11:59:00Z'),
      'bake',
    ],
    [
      'on which a pod restarts again and again is taken back',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z' })] },
      seen('2026-03-01T11:59:00Z'),
      'roll-back',
    ],
    [
      'is not blamed for as many as may restart',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z' })] },
      { ...seen('2026-03-01T11:59:00Z'), podsRestarted: 1 },
      'waves',
    ],
    [
      'is not blamed for a workload that restarted before there was one',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z' })] },
      { ...seen('2026-03-01T11:59:00Z'), restarting: ['default/ReplicaSet/shop'] },
      'waves',
    ],
    [
      'is not called good when a pod of a workload that restarts again and again there has restarted once on another node',
      {
        unready: [],
        restarted: [restart({ at: '2026-03-01T12:04:30Z' }), restart({ pod: 'default/shop-2', nodeName: 'old' })],
      },
      seen('2026-03-01T11:59:00Z'),
      'bake',
    ],
    [
      'is not called good at the first restart, either, of a workload that has restarted on another node',
      { unready: [], restarted: [restart(), restart({ pod: 'default/shop-2', nodeName: 'old' })] },
      {},
      'bake',
    ],
    [
      'is not blamed for a workload that restarts again and again on nodes of the old image, too',
      {
        unready: [],
        restarted: [
          restart({ at: '2026-03-01T12:04:30Z' }),
          restart({ pod: 'default/shop-2', nodeName: 'old', at: '2026-03-01T12:05:00Z' }),
        ],
      },
      { restarts: { 'default/shop-1': '2026-03-01T11:59:00Z', 'default/shop-2': '2026-03-01T11:58:00Z' } },
      'waves',
    ],
    [
      'is not blamed for what restarts on nodes of the old image only',
      { unready: [], restarted: [restart({ nodeName: 'old' })] },
      {},
      'waves',
    ],
    [
      'is not blamed for what came up at its second attempt, before the bake',
      { unready: [], restarted: [restart({ at: '2026-03-01T11:29:00Z' })] },
      {},
      'waves',
    ],
    [
      'is not blamed for restarts where nobody could count before',
      { unready: [], restarted: [restart()] },
      { restarting: null },
      'waves',
    ],
    ['is watched on when pods are not ready for the first time', { unready: [unready()], restarted: [] }, {}, 'bake'],
    [
      'with which pods are not ready for five minutes is taken back',
      { unready: [unready()], restarted: [] },
      ownSince(),
      'roll-back',
    ],
    [
      'is watched on when others are not ready for five minutes, and a pod of its own is for the first time',
      {
        unready: [unready(), unready({ pod: 'default/till-1', nodeName: 'old', workload: 'default/ReplicaSet/till' })],
        restarted: [],
      },
      { notReadySince },
      'bake',
    ],
    [
      'is watched on when at each look another of its pods is not ready, as while a workload rolls',
      { unready: [unready({ pod: 'default/shop-2' })], restarted: [] },
      ownSince(),
      'bake',
    ],
    ['is not called good while pods cannot be counted', null, {}, 'bake'],
    [
      'is not blamed for a revision that was begun since, which restarts there only because only there it was scheduled',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z', revision: 'r2' })] },
      seen('2026-03-01T11:59:00Z'),
      'waves',
    ],
    [
      'is blamed for it where nobody has written down what there was before',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z', revision: 'r2' })] },
      { ...seen('2026-03-01T11:59:00Z'), revisions: null },
      'roll-back',
    ],
    [
      'is blamed for a pod of its own, or of a Job, which has no revision',
      { unready: [], restarted: [restart({ at: '2026-03-01T12:04:30Z', revision: '' })] },
      seen('2026-03-01T11:59:00Z'),
      'roll-back',
    ],
    [
      'is not called good, nor blamed, when what restarts again and again there is not ready on another node, too',
      {
        unready: [unready({ pod: 'default/shop-2', nodeName: 'old' })],
        restarted: [restart({ at: '2026-03-01T12:04:30Z' })],
      },
      { ...seen('2026-03-01T11:59:00Z'), podsNotReady: 1, notReadyOf: { 'default/ReplicaSet/shop': 1 } },
      'bake',
    ],
    [
      'is good when all that is not ready is of a revision that was begun since',
      { unready: [unready({ revision: 'r2' }), unready({ revision: 'r2', nodeName: 'old' })], restarted: [] },
      ownSince(),
      'waves',
    ],
    [
      'is taken back when a pod of its own breaks while one of another workload recovers, so that the sum is as before',
      { unready: [unready()], restarted: [] },
      { ...ownSince(), podsNotReady: 1, notReady: [till], notReadyOf: { [till]: 1 } },
      'roll-back',
    ],
    [
      'is good while a workload has as many pods not ready as before, whichever those are',
      { unready: [unready({ pod: 'default/till-9', workload: till })], restarted: [] },
      { podsNotReady: 1, notReady: [till], notReadyOf: { [till]: 1 } },
      'waves',
    ],
    [
      'is good while pods of their own, which nobody had before, start on other nodes, or wait there for room',
      { unready: [bare(1), bare(2), bare(20), bare(21, { nodeName: '' })], restarted: [] },
      {},
      'waves',
    ],
    [
      'is good while such a pod starts on the canary',
      { unready: [bare(1, { nodeName: 'new' })], restarted: [] },
      {},
      'waves',
    ],
    [
      'is watched on when such a pod has not started on the canary in five minutes',
      { unready: [bare(5, { nodeName: 'new' })], restarted: [] },
      {},
      'bake',
    ],
    [
      'is watched on when a pod of its own, on another node, that was there before is not ready for five minutes',
      { unready: [bare(50, { since: '2026-03-01T12:01:00Z' })], restarted: [] },
      {},
      'bake',
    ],
    [
      'is good while a workload that was there before has one more pod that starts on another node',
      { unready: [unready({ nodeName: 'old', since: '2026-03-01T12:05:00Z' })], restarted: [] },
      {},
      'waves',
    ],
    [
      'is watched on when such a pod is not ready for five minutes',
      { unready: [unready({ nodeName: 'old', since: '2026-03-01T12:01:00Z' })], restarted: [] },
      {},
      'bake',
    ],
    [
      'is watched on when such a pod has just stopped being ready on the canary',
      { unready: [unready({ since: '2026-03-01T12:05:30Z' })], restarted: [] },
      {},
      'bake',
    ],
    [
      'is watched on where only the sum was counted, and that is too high',
      { unready: [unready(), unready({ pod: 'default/till-1', workload: till })], restarted: [] },
      { podsNotReady: 1, notReady: [till], notReadyOf: null },
      'bake',
    ],
  ])('%s', (_, pods, options, phase) => {
    expect(bakes(turnWith(pods, options)).record.phase).toBe(phase);
  });

  it('remembers what is worse from one look to the next, and forgets what is well again', () => {
    const worse = bakes(turnWith({ unready: [unready()], restarted: [restart()] })).record.bake;
    const now = '2026-03-01T12:06:00.000Z';
    expect(worse).toMatchObject({ ...ownSince(now), notReadySince: now, ...seen('2026-03-01T11:59:00Z') });
    const slow = [restart({ pod: 'default/shop-2' })];
    const next = bakes(turnWith({ unready: [], restarted: slow }, { ...worse, minutesAfter: 7 })).record.bake;
    expect(next).toMatchObject({
      notReadySince: '',
      ownNotReady: {},
      ...seen('2026-03-01T11:59:00Z', 'default/shop-2'),
    });
  });

  it('is good at each look while at each another pod of its own starts on a node of the old image', () => {
    for (const minutesAfter of [1, 10, 20, 31, 40]) {
      const createdAt = new Date(Date.parse(until) + (minutesAfter - 1) * 60_000).toISOString();
      const starting = bare(minutesAfter, { createdAt, since: createdAt });
      const look = bakes(turnWith({ unready: [starting], restarted: [] }, { minutesAfter }));
      expect([look.record.phase, look.record.bake]).toEqual(['waves', null]);
    }
  });

  it('stops the update, and bans nothing, when for half an hour nobody can say whether the image or the workload is to blame', () => {
    const both = (at: string) => [restart({ at }), restart({ pod: 'default/shop-2', nodeName: 'old', at })];
    const first = bakes(turnWith({ unready: [], restarted: both('2026-03-01T12:00:30Z') }, { minutesAfter: 1 }));
    expect(first.record.bake?.restarts).toEqual({
      'default/shop-1': '2026-03-01T12:00:30Z',
      'default/shop-2': '2026-03-01T12:00:30Z',
    });
    // On the other node another pod each time.
    const later = (minutesAfter: number, at: string) => {
      const restarted = [restart({ at }), restart({ pod: 'default/shop-9', nodeName: 'old', at })];
      return bakes(turnWith({ unready: [], restarted }, { ...seen('2026-03-01T12:00:30Z'), minutesAfter }));
    };
    expect(later(29, '2026-03-01T12:28:00Z')).toMatchObject({ verdict: 'again', record: { phase: 'bake' } });
    const last = later(31, '2026-03-01T12:28:00Z');
    expect([last.verdict, last.record.tripped]).toEqual(['stop', '']);
    expect(last.record.why).toMatch(/^nobody can say whether the canary is to blame: 1 pods .*default\/shop-1 on new$/);
  });

  it.each<[string, readonly UnreadyPod[], Partial<Bake>]>([
    ['on a node of the old image', [unready({ nodeName: 'old' })], {}],
    ['on no node yet', [unready({ nodeName: '' })], {}],
    ['of a workload that is not ready on another node, either', [unready(), unready({ nodeName: 'old' })], {}],
    ['of a workload that was not ready before', [unready()], { notReady: ['default/ReplicaSet/shop'] }],
    ['where too many workloads were not ready before', [unready()], { notReady: null }],
    ['of a workload that is ready nowhere', [unready({ readyOn: [] })], {}],
    ['of a workload that is ready on nodes of the new image only', [unready({ readyOn: ['new'] })], {}],
  ])(
    'is not blamed for a pod that is not ready %s: the update stops after half an hour of that, and bans nothing',
    (_, pods, bake) => {
      const since = { ...ownSince(), ...bake };
      const early = bakes(turnWith({ unready: pods, restarted: [] }, { ...since, minutesAfter: 30 }));
      expect(early).toMatchObject({ verdict: 'again', record: { phase: 'bake' } });
      const late = bakes(turnWith({ unready: pods, restarted: [] }, { ...since, minutesAfter: 31 }));
      expect([late.verdict, late.record.tripped]).toEqual(['stop', '']);
      expect(late.record.why).toMatch(
        /^nobody can say whether the canary is to blame: \d pods more than before are not ready, and too few/,
      );
    },
  );

  it('stops the update when pods could not be counted for half an hour, and is looked at each minute until then', () => {
    const problems = ['the pods of the cluster cannot be counted'];
    const unknown = { good: 0, badSince: '2026-03-01T12:01:00Z', problems };
    const early = bakes(turnWith(null, { minutesAfter: 10, validation: unknown }));
    expect([early.verdict, early.lookAgainSeconds]).toEqual(['again', 60]);
    const late = bakes(turnWith(null, { minutesAfter: 32, validation: unknown }));
    expect([late.verdict, late.record.why]).toEqual([
      'stop',
      'the cluster is not well: the pods of the cluster cannot be counted',
    ]);
  });

  it.each([
    [{ podsNotReady: null, restarting: null }, /all is well; pods were not counted before there was a canary/],
    [{ restarting: null }, /all is well; restarts were not counted before there was a canary/],
  ])('says so where there is nothing to compare it with: %j', (bake, words) => {
    expect(bakes(turnWith({ unready: [], restarted: [] }, bake)).record.why).toMatch(words);
  });
});

describe('a canary', () => {
  const many = (count: number) => ({
    unready: [],
    restarted: Array.from({ length: count }, (_, index) => restart({ workload: `default/ReplicaSet/${index}` })),
  });
  const canary = (pods: Pods) => {
    const model = new UpdateModel({ random: () => 0.5, nodes: 2, room: 1 });
    const sight = { ...model.sight(), pods: pods && { ...pods, revisions: ['r1'] } };
    const good = { good: 5, goodAt: '2026-03-01T00:00:00.000Z' };
    const record = aRecord({ validation: { ...aRecord().validation, ...good } });
    return decideUpdate(record, sight, model.rules, new Date('2026-03-01T11:00:30Z')).record;
  };

  it('is launched where pods of so many workloads are not ready that no image is blamed for such', () => {
    const pods = (count: number) => ({
      unready: Array.from({ length: count }, (_, index) => unready({ workload: `default/Job/${index % 201}` })),
      restarted: [],
    });
    expect(canary(pods(200)).bake?.notReady).toHaveLength(200);
    expect(canary(pods(402)).bake).toMatchObject({
      podsNotReady: 402,
      notReadyOf: null,
      notReady: null,
      restarting: [],
      revisions: ['r1'],
    });
    expect(canary(pods(3)).bake?.notReadyOf).toEqual({ 'default/Job/0': 1, 'default/Job/1': 1, 'default/Job/2': 1 });
  });

  it('is not launched before pods are counted, nor where so many workloads restart that they cannot be told apart', () => {
    expect(canary(many(200))).toMatchObject({ wave: { stage: 'surge' }, bake: { podsNotReady: 0 } });
    expect(canary(many(200)).bake?.restarting).toHaveLength(200);
    expect(canary(many(201)).wave).toBeNull();
    expect(canary(many(201)).why).toBe('waits until the cluster is well: pods of 201 workloads restart in the cluster');
    expect(canary(null)).toMatchObject({
      wave: null,
      why: 'waits until the cluster is well: the pods of the cluster cannot be counted',
    });
  });
});
