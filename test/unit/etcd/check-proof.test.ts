import { describe, expect, it } from 'vitest';
import { checkProof } from '../../../src/etcd/check-proof.ts';
import { snapshotId, snapshotKey } from '../../../src/etcd/names.ts';
import { FakeSnapshotStore } from '../../support/etcd/fake-snapshot-store.ts';

const now = new Date('2026-11-29T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

/** A store with snapshots that were taken, and perhaps proven, so many days ago. */
function storeOf(...snapshots: readonly { readonly taken: number; readonly proven?: number }[]) {
  const store = new FakeSnapshotStore();
  for (const { taken, proven } of snapshots) {
    const id = snapshotId(daysAgo(taken), 1);
    const put = (kind: 'snapshot' | 'record' | 'proof', days: number) => {
      store.clock = daysAgo(days);
      store.put(snapshotKey('demo', id, kind), Buffer.from('x'));
    };
    put('snapshot', taken);
    put('record', taken);
    if (proven !== undefined) put('proof', proven);
  }
  return store;
}

describe('checkProof', () => {
  it('finds a drill due when the last proof is as old as drills are apart, and overdue when it is twice as old', async () => {
    const provenAgo = (proven: number) => checkProof('demo', 7, storeOf({ taken: 0 }, { taken: 20, proven }), now);

    expect(await provenAgo(6)).toMatchObject({ due: false, overdue: false, ageSeconds: 6 * 86_400 });
    expect(await provenAgo(7)).toMatchObject({ due: true, overdue: false });
    expect(await provenAgo(14)).toMatchObject({ due: true, overdue: false });
    expect(await provenAgo(15)).toMatchObject({ due: true, overdue: true, newest: snapshotId(daysAgo(20), 1) });
  });

  it('counts from the drill, not from the age of what was drilled', async () => {
    expect(await checkProof('demo', 7, storeOf({ taken: 80, proven: 1 }), now)).toMatchObject({ due: false });
  });

  it('finds the first one due with the first snapshot, and overdue when snapshots have waited for it', async () => {
    expect(await checkProof('demo', 7, storeOf(), now)).toEqual({ newest: '', due: false, overdue: false });
    expect(await checkProof('demo', 7, storeOf({ taken: 0 }), now)).toEqual({ newest: '', due: true, overdue: false });
    expect(await checkProof('demo', 7, storeOf({ taken: 15 }, { taken: 0 }), now)).toMatchObject({ overdue: true });
  });
});
