import { describe, expect, it } from 'vitest';
import { parseSnapshotKey, snapshotId, snapshotKey } from '../../../src/etcd/names.ts';

const id = snapshotId(new Date('2026-11-29T10:43:24.123Z'), 42);

describe('snapshotId', () => {
  it('tells time and revision, and sorts by time', () => {
    expect(id).toBe('20261129T104324Z-r42');
    expect(snapshotId(new Date('2026-11-29T10:43:25Z'), 7) > id).toBe(true);
  });
});

describe('parseSnapshotKey', () => {
  it('knows its own keys', () => {
    for (const kind of ['snapshot', 'record'] as const) {
      expect(parseSnapshotKey('demo', snapshotKey('demo', id, kind))).toEqual({ id, kind });
    }
  });

  it.each([
    'etcd/demo/canary',
    `etcd/demo/${id}.txt`,
    `etcd/other/${id}.json`,
    `etcd/demo/sub/${id}.json`,
    'etcd/demo/',
  ])('takes %s for nothing of its own', (key) => expect(parseSnapshotKey('demo', key)).toBeUndefined());
});
