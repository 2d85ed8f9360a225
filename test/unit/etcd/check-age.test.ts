import { describe, expect, it } from 'vitest';
import { checkAge } from '../../../src/etcd/check-age.ts';
import { snapshotId, snapshotKey } from '../../../src/etcd/names.ts';
import { FakeSnapshotStore } from '../../support/etcd/fake-snapshot-store.ts';

const now = new Date('2026-11-29T12:00:00Z');

/** A store with snapshots that are so many minutes old; the kinds are those of the last one. */
function storeOf(minutes: readonly number[], kinds: readonly ('snapshot' | 'record')[] = ['snapshot', 'record']) {
  const store = new FakeSnapshotStore();
  for (const [index, age] of minutes.entries()) {
    store.clock = new Date(now.getTime() - age * 60_000);
    const last = index === minutes.length - 1;
    for (const kind of last ? kinds : (['snapshot', 'record'] as const)) {
      store.put(snapshotKey('demo', snapshotId(store.clock, 1), kind), Buffer.from('x'));
    }
  }
  return store;
}

describe('checkAge', () => {
  it('says how old the newest is, and that it is overdue after two intervals', async () => {
    expect(await checkAge('demo', 15, storeOf([200, 30]), now)).toEqual({
      newest: '20261129T113000Z-r1',
      ageSeconds: 1_800,
      overdue: false,
    });
    expect(await checkAge('demo', 15, storeOf([200, 31]), now)).toMatchObject({ ageSeconds: 1_860, overdue: true });
  });

  it('does not count one that was never verified', async () => {
    expect(await checkAge('demo', 15, storeOf([200, 5], ['snapshot']), now)).toMatchObject({
      ageSeconds: 12_000,
      overdue: true,
    });
  });

  it('is overdue where there is none at all', async () => {
    expect(await checkAge('demo', 15, storeOf([]), now)).toEqual({ newest: '', overdue: true });
  });
});
