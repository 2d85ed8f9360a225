import { beforeEach, describe, expect, it } from 'vitest';
import { type SnapshotPart, snapshotId, snapshotKey } from '../../../src/etcd/names.ts';
import { pruneSnapshots } from '../../../src/etcd/prune-snapshots.ts';
import { FakeSnapshotStore } from '../../support/etcd/fake-snapshot-store.ts';

const HOUR = 3_600_000;
const now = new Date('2026-11-29T12:00:00Z');
const policy = { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 90 };

let store: FakeSnapshotStore;
beforeEach(() => {
  store = new FakeSnapshotStore();
});

function stored(hoursAgo: number, ...kinds: SnapshotPart[]): string {
  store.clock = new Date(now.getTime() - hoursAgo * HOUR);
  const id = snapshotId(store.clock, 1);
  for (const kind of kinds) store.put(snapshotKey('demo', id, kind), Buffer.from('x'));
  return id;
}

describe('pruneSnapshots', () => {
  it('removes records before snapshots, so that a run that dies leaves no record of what is gone', async () => {
    stored(0, 'snapshot', 'record');
    const old = stored(2_400, 'snapshot', 'record');
    const older = stored(2_500, 'snapshot', 'record');

    const pruned = await pruneSnapshots('demo', store, policy, now);

    expect(pruned).toEqual({ removed: [old, older], leftovers: [], abortedUploads: 0, kept: 1 });
    expect(store.calls.slice(1, 5)).toEqual([
      `remove record ${old}`,
      `remove record ${older}`,
      `remove snapshot ${old}`,
      `remove snapshot ${older}`,
    ]);
  });

  it('keeps the newest that is proven; of an older one it removes the proof first', async () => {
    stored(0, 'snapshot', 'record');
    stored(2_400, 'snapshot', 'record', 'proof');
    const older = stored(2_500, 'snapshot', 'record', 'proof');

    expect(await pruneSnapshots('demo', store, policy, now)).toMatchObject({ removed: [older], kept: 2 });
    expect(store.calls.slice(1, 4)).toEqual(['proof', 'record', 'snapshot'].map((kind) => `remove ${kind} ${older}`));
  });

  it('removes halves that are a day old, and none that may be in the making', async () => {
    stored(0, 'snapshot', 'record');
    stored(23, 'snapshot');
    const half = stored(25, 'snapshot');
    const other = stored(26, 'record');

    const { leftovers } = await pruneSnapshots('demo', store, policy, now);

    expect(leftovers).toEqual([half, other]);
  });

  it('removes nothing that is in the making because a clock is ahead', async () => {
    stored(0, 'snapshot', 'record');
    stored(0.1, 'snapshot');

    const { leftovers } = await pruneSnapshots('demo', store, policy, new Date(now.getTime() + 1_000 * HOUR));

    expect(leftovers).toEqual([]);
    expect(store.calls).toEqual(['prove removal in demo', 'abort uploads before 2026-11-28T12:00:00.000Z']);
  });

  it('proves with the first snapshot of a day that removing is allowed, before there is anything to remove', async () => {
    const proven = async () => {
      store.calls.length = 0;
      await pruneSnapshots('demo', store, policy, now);
      return store.calls.includes('prove removal in demo');
    };

    stored(13, 'snapshot', 'record');
    expect(await proven()).toBe(true);
    stored(1, 'snapshot', 'record');
    expect(await proven()).toBe(true);
    stored(0, 'snapshot', 'record');
    expect(await proven()).toBe(false);
  });

  it('has nothing to do for a cluster without snapshots', async () => {
    expect(await pruneSnapshots('demo', store, policy, now)).toMatchObject({ removed: [], kept: 0 });
  });
});
