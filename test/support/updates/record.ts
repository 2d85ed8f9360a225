import type { UpdateRecord } from '../../../src/updates/update-record.ts';
import { unvalidated } from '../../../src/updates/validate.ts';

/** The record of an update from version 1 to 2 that has just begun. */
export function aRecord(more: Partial<UpdateRecord> = {}): UpdateRecord {
  const launches = (version: string) => ({ launchTemplateId: 'lt-1', version, imageId: `ami-${version}` });
  const at = '2026-03-01T11:00:00.000Z';
  return {
    cluster: 'demo',
    groupName: 'workers',
    way: 'image',
    reason: 'test',
    by: 'ann',
    execution: 'one',
    status: 'running',
    waitsFor: '',
    why: 'begins',
    startedAt: at,
    updatedAt: at,
    endedAt: '',
    phase: 'canary',
    target: launches('2'),
    previous: launches('1'),
    managed: null,
    followed: '',
    launchedBefore: '',
    now: false,
    pinned: 'unseen',
    suspended: ['AZRebalance', 'ReplaceUnhealthy'],
    settled: false,
    wave: null,
    waves: 0,
    hooks: { before: 0, after: 0 },
    extra: 0,
    extraBase: 0,
    lastWaveSeconds: 0,
    moves: 0,
    moved: [],
    bake: null,
    validation: unvalidated,
    tripped: '',
    stopping: '',
    trouble: '',
    asked: null,
    turns: 0,
    ...more,
  };
}
