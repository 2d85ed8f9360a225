import { describe, expect, it } from 'vitest';
import { bakes } from '../../../src/updates/bake.ts';
import type { PodRestart, UpdateSight } from '../../../src/updates/sight.ts';
import type { Turn } from '../../../src/updates/turn.ts';
import { UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const until = '2026-03-01T12:00:00.000Z';
const restart = (more: Partial<PodRestart> = {}): PodRestart => ({
  pod: 'default/shop-1',
  nodeName: 'new',
  workload: 'default/ReplicaSet/shop',
  at: '2026-03-01T11:59:00Z',
  ...more,
});

/** A canary whose bake of half an hour was over so many minutes ago, and well so far. */
function turnWith(pods: UpdateSight['pods'], { minutesAfter = 6, restarting = [] as string[] | null } = {}): Turn {
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
  });
  return {
    record: aRecord({
      phase: 'bake',
      suspended: [],
      bake: { until, podsNotReady: 0, restarting },
      validation: { good: 2, goodAt: until, badSince: '', blamedSince: '', incompleteSince: '', problems: [] },
    }),
    sight: { ...model.sight(), group, nodes: [node('old'), node('new')], pods },
    group,
    rules: { ...model.rules, bakeMinutes: 30 },
    now: new Date(Date.parse(until) + minutesAfter * 60_000),
  };
}

describe('after its bake a canary', () => {
  it.each<[string, UpdateSight['pods'], Parameters<typeof turnWith>[1], string]>([
    ['on which nothing restarts is good', { notReady: 0, restarted: [] }, {}, 'waves'],
    [
      'on which pods restart that ran well before is taken back',
      { notReady: 0, restarted: [restart()] },
      {},
      'roll-back',
    ],
    [
      'is watched five minutes more before it is blamed',
      { notReady: 0, restarted: [restart()] },
      { minutesAfter: 2 },
      'bake',
    ],
    [
      'is not blamed for a workload that restarted before there was one',
      { notReady: 0, restarted: [restart()] },
      { restarting: ['default/ReplicaSet/shop'] },
      'waves',
    ],
    [
      'is not blamed for what restarts on nodes of the old image',
      { notReady: 0, restarted: [restart({ nodeName: 'old' })] },
      {},
      'waves',
    ],
    [
      'is not blamed for what came up at its second attempt, before the bake',
      { notReady: 0, restarted: [restart({ at: '2026-03-01T11:29:00Z' })] },
      {},
      'waves',
    ],
    [
      'is not blamed for restarts where nobody could count before',
      { notReady: 0, restarted: [restart()] },
      { restarting: null },
      'waves',
    ],
    ['with which pods are no longer ready is taken back', { notReady: 1, restarted: [] }, {}, 'roll-back'],
  ])('%s', (_, pods, options, phase) => {
    expect(bakes(turnWith(pods, options)).record.phase).toBe(phase);
  });
});
