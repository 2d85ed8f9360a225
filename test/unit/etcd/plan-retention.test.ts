import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgingSnapshot, planRetention } from '../../../src/etcd/plan-retention.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const policy = { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 90 };
const noon = Date.parse('2026-11-29T12:00:00Z');

const ago = (milliseconds: number): AgingSnapshot => ({
  id: `-${milliseconds}`,
  storedAt: new Date(noon - milliseconds),
});
const ids = (snapshots: readonly AgingSnapshot[]) => snapshots.map(({ id }) => id);

/** Snapshots of the last 200 days, denser towards now, each with an id of its own. */
const history = fc
  .uniqueArray(fc.oneof(fc.nat({ max: 3 * HOUR }), fc.nat({ max: 9 * DAY }), fc.nat({ max: 200 * DAY })), {
    maxLength: 150,
  })
  .map((ages) => ages.map(ago));
/** A clock that may be wrong by years. */
const anyClock = fc.integer({ min: -5 * 365 * DAY, max: 5 * 365 * DAY }).map((skew) => new Date(noon + skew));

const newestOf = (snapshots: readonly AgingSnapshot[]) =>
  Math.max(...snapshots.map(({ storedAt }) => storedAt.getTime()));

describe('planRetention', () => {
  it('keeps all of the last hour, the last of each hour of a week, the last of each day of 90', () => {
    const everyQuarter = Array.from({ length: 100 * 96 }, (_, index) => ago(index * 15 * 60_000));

    const removed = new Set(planRetention(everyQuarter, policy, new Date(noon)));
    const kept = everyQuarter.filter(({ id }) => !removed.has(id));

    expect(kept.slice(0, 6).map(({ id }) => Number(id) / -60_000)).toEqual([0, 15, 30, 45, 60, 75]);
    expect(kept.slice(5, 8).map(({ storedAt }) => storedAt.toISOString().slice(11, 16))).toEqual([
      '10:45',
      '09:45',
      '08:45',
    ]);
    expect(kept.slice(-2).map(({ storedAt }) => storedAt.toISOString())).toEqual([
      '2026-09-01T23:45:00.000Z',
      '2026-08-31T23:45:00.000Z',
    ]);
    expect(kept).toHaveLength(5 + 167 + 83);
  });

  it('never removes the newest, whatever the policy and the clock say', () => {
    const nothing = { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 };

    fc.assert(
      fc.property(history, anyClock, (snapshots, now) => {
        const removed = new Set(planRetention(snapshots, nothing, now));
        const newest = newestOf(snapshots);

        for (const { id, storedAt } of snapshots) if (storedAt.getTime() === newest) expect(removed).not.toContain(id);
      }),
    );
  });

  it('removes nothing of the last hour, and leaves one of every hour and day that had any', () => {
    fc.assert(
      fc.property(history, anyClock, (snapshots, now) => {
        const removed = new Set(planRetention(snapshots, policy, now));
        const kept = snapshots.filter(({ id }) => !removed.has(id));
        const reference = newestOf(snapshots);
        const slots = (span: number, some: readonly AgingSnapshot[]) =>
          new Set(some.map(({ storedAt }) => Math.floor(storedAt.getTime() / span)));
        const within = (span: number) => snapshots.filter(({ storedAt }) => reference - storedAt.getTime() <= span);

        for (const { id } of within(HOUR)) expect(removed).not.toContain(id);
        for (const slot of slots(HOUR, within(7 * DAY))) expect(slots(HOUR, kept)).toContain(slot);
        for (const slot of slots(DAY, within(90 * DAY))) expect(slots(DAY, kept)).toContain(slot);
      }),
    );
  });

  it('removes no more with a clock that is ahead than with one that is right, and no more with one that is behind', () => {
    fc.assert(
      fc.property(history, anyClock, (snapshots, now) => {
        const right = new Set(planRetention(snapshots, policy, new Date(newestOf(snapshots))));

        if (now.getTime() >= newestOf(snapshots)) expect(planRetention(snapshots, policy, now)).toEqual([...right]);
        const kept = snapshots.filter(({ id }) => !planRetention(snapshots, policy, now).includes(id));
        expect(kept.length).toBeGreaterThanOrEqual(snapshots.length - right.size);
      }),
    );
  });

  it('has nothing to remove right after it removed', () => {
    fc.assert(
      fc.property(history, anyClock, (snapshots, now) => {
        const removed = new Set(planRetention(snapshots, policy, now));

        expect(
          planRetention(
            snapshots.filter(({ id }) => !removed.has(id)),
            policy,
            now,
          ),
        ).toEqual([]);
      }),
    );
  });

  it('removes nothing while no snapshots are taken, however long that is', () => {
    const kept = [ago(0), ago(2 * HOUR), ago(3 * DAY), ago(80 * DAY)];

    expect(planRetention(kept, policy, new Date(noon + 400 * DAY))).toEqual([]);
  });

  it('removes what is older than everything', () => {
    expect(planRetention([ago(0), ago(91 * DAY), ago(200 * DAY)], policy, new Date(noon))).toEqual(
      ids([ago(91 * DAY), ago(200 * DAY)]),
    );
  });

  it('keeps the newest that is proven, however old, and treats all others as if none were', () => {
    fc.assert(
      fc.property(history, anyClock, fc.array(fc.nat({ max: 150 })), (snapshots, now, chosen) => {
        const withProofs = snapshots.map((one, index) =>
          chosen.includes(index) ? { ...one, provenAt: one.storedAt } : one,
        );
        const proven = withProofs.filter((one) => 'provenAt' in one);
        const newest = ids(proven.filter(({ storedAt }) => storedAt.getTime() === newestOf(proven)));

        const removed = planRetention(withProofs, policy, now);

        expect(removed).toEqual(planRetention(snapshots, policy, now).filter((id) => !newest.includes(id)));
      }),
    );
  });
});
