import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeptPki, planPkiRetention } from '../../../src/etcd/plan-pki-retention.ts';
import type { KeptObject } from '../../../src/etcd/ports.ts';
import { prunePki } from '../../../src/etcd/prune-pki.ts';

const HOUR = 3_600_000;
const noon = Date.parse('2026-11-29T12:00:00Z');
const at = (hour: number): Date => new Date(noon + hour * HOUR);
const backup = (hour: number, id = `b${String(hour + 10_000).padStart(6, '0')}`): KeptPki => ({
  id,
  storedAt: at(hour),
});
const ids = (backups: readonly KeptPki[]) => backups.map(({ id }) => id);

const hours = fc.uniqueArray(fc.integer({ min: -5_000, max: 0 }), { minLength: 1, maxLength: 12 });
const times = fc.array(
  fc.integer({ min: -6_000, max: 100 }).map((hour) => at(hour + 0.5)),
  { maxLength: 20 },
);

describe('retention of backups of PKI', () => {
  it('removes what was over before the oldest snapshot, and keeps what is in force', () => {
    const backups = [-400, -300, -200, -100].map((hour) => backup(hour));

    expect(planPkiRetention(backups, [at(-150), at(-1)])).toEqual(ids([backup(-400), backup(-300)]));
  });

  it('keeps the one in force at the time of each snapshot that is kept, and the one after it', () => {
    fc.assert(
      fc.property(hours, times, (given, kept) => {
        const backups = given.map((hour) => backup(hour));
        const removed = new Set(planPkiRetention(backups, kept));
        for (const time of kept) {
          const before = backups
            .filter(({ storedAt }) => storedAt <= time)
            .toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
          const after = backups.filter(({ storedAt }) => storedAt > time).toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
          if (before) expect(removed).not.toContain(before.id);
          if (after) expect(removed).not.toContain(after.id);
        }
      }),
    );
  });

  it('never removes the newest, by its id or by the store’s clock, and nothing where no snapshot says what is needed', () => {
    fc.assert(
      fc.property(hours, times, fc.boolean(), (given, kept, jumped) => {
        // A function whose clock was ahead once has named an old backup like one of the future.
        const backups = given.map((hour, index) => (jumped && index === 0 ? backup(hour, 'c') : backup(hour)));
        const removed = planPkiRetention(backups, kept);
        const newest = Math.max(...backups.map(({ storedAt }) => storedAt.getTime()));

        expect(removed).not.toContain(ids(backups).sort().at(-1));
        for (const { id, storedAt } of backups) if (storedAt.getTime() === newest) expect(removed).not.toContain(id);
        if (kept.length === 0) expect(removed).toEqual([]);
      }),
    );
  });

  it('goes by snapshots and proofs that are there, and by when a snapshot was begun', async () => {
    const gone: string[] = [];
    const backups = [-400, -300, -200, -100, -2].map((hour) => backup(hour));
    const shelf = { list: async () => backups, remove: async (_: string, id: string) => void gone.push(id) };
    const kept: readonly KeptObject[] = [
      // Begun before the backup of -200, stored after it.
      { id: 's1', kind: 'snapshot', storedAt: at(-199.9) },
      { id: 's2', kind: 'snapshot', storedAt: at(-1) },
    ];

    expect(await prunePki('demo', { list: async () => kept }, shelf)).toEqual(ids([backup(-400)]));
    expect(gone).toEqual(ids([backup(-400)]));
  });
});
