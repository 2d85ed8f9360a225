import { describe, expect, it } from 'vitest';
import { type MaintenanceProgress, type MaintenanceStep, nextMaintenance } from '../../../src/etcd/next-maintenance.ts';
import type { Alarm, MemberStatus, SeenEndpoint } from '../../../src/etcd/ports.ts';
import { listed, seen, silent } from '../../support/etcd/etcd-views.ts';

const MIB = 1024 * 1024;
const policy = { defragmentBelowPercent: 50, minimumMebibytes: 100 };
const nothingYet: MaintenanceProgress = { compacted: false, defragmented: [], leaderMoves: 0, disarmed: false };
const holes = { databaseBytes: 400 * MIB, databaseBytesInUse: 100 * MIB };
const tidy = { databaseBytes: 400 * MIB, databaseBytesInUse: 300 * MIB };
const nospace: Alarm = { memberId: 'b', kind: 'NOSPACE' };

/** All of a, b and c alike, but for what is said of one. */
function all(over: Partial<MemberStatus>, ofB: Partial<MemberStatus> = {}): SeenEndpoint[] {
  return [seen('a', over), seen('b', { ...over, ...ofB }), seen('c', over)];
}

function next(
  endpoints: SeenEndpoint[],
  progress: Partial<MaintenanceProgress> = {},
  alarms: Alarm[] = [],
  members = listed('a', 'b', 'c'),
): MaintenanceStep {
  return nextMaintenance({ seen: endpoints, members, alarms }, { ...nothingYet, ...progress }, policy);
}

/** These were defragmented. */
function done(...ids: string[]) {
  return { defragmented: ids.map((memberId) => ({ memberId, bytesBefore: 400 * MIB, bytesAfter: 100 * MIB })) };
}

describe('nextMaintenance', () => {
  it.each<[string, Partial<MemberStatus>, MaintenanceStep['kind']]>([
    ['three quarters of holes', holes, 'defragment'],
    ['half in use', { databaseBytes: 400 * MIB, databaseBytesInUse: 200 * MIB }, 'done'],
    ['a little less than half in use', { databaseBytes: 400 * MIB, databaseBytesInUse: 200 * MIB - 1 }, 'defragment'],
    ['few holes', tidy, 'done'],
    ['a small database of holes', { databaseBytes: 100 * MIB - 1, databaseBytesInUse: 1 }, 'done'],
    ['one as small as may be', { databaseBytes: 100 * MIB, databaseBytesInUse: 1 }, 'defragment'],
  ])('%s', (_, status, kind) => {
    expect(next(all(status)).kind).toBe(kind);
  });

  it('takes followers in order, then moves leadership away, then what led', () => {
    expect(next(all(holes))).toEqual({ kind: 'defragment', memberId: 'b' });
    expect(next(all(holes), done('b'))).toEqual({ kind: 'defragment', memberId: 'c' });
    expect(next(all(holes), done('b', 'c'))).toEqual({ kind: 'move-leader', from: 'a', to: 'b' });
    expect(next(all({ ...holes, leaderId: 'b' }), done('b', 'c'))).toEqual({ kind: 'defragment', memberId: 'a' });
    expect(next(all(holes), done('a', 'b', 'c'))).toEqual({ kind: 'done' });
  });

  it('moves no leader that needs nothing', () => {
    expect(next([seen('a', tidy), seen('b', holes), seen('c', tidy)], done('b'))).toEqual({ kind: 'done' });
  });

  it('goes on by who leads now, when an election came in between', () => {
    expect(next(all({ ...holes, leaderId: 'c' }), done('b'))).toEqual({ kind: 'defragment', memberId: 'a' });
  });

  it('gives leadership to whoever is furthest, and gives up when it comes back', () => {
    const busy = [seen('a', holes), seen('b', holes), seen('c', { ...holes, raftAppliedIndex: 10_001 })];

    expect(next(busy, done('b', 'c'))).toMatchObject({ to: 'c' });
    expect(() => next(busy, { ...done('b', 'c'), leaderMoves: 3 })).toThrow('leadership came back to member a');
  });

  it('defragments a single member, which nobody can stand in for', () => {
    expect(next([seen('a', holes)], {}, [], listed('a'))).toEqual({ kind: 'defragment', memberId: 'a' });
  });

  it.each<[string, SeenEndpoint[], ReturnType<typeof listed>]>([
    ['a silent member', [seen('a', holes), seen('b', holes), silent('c')], listed('a', 'b', 'c')],
    ['one that nobody asked', [seen('a', holes), seen('b', holes)], listed('a', 'b', 'c')],
    ['one without a leader', all(holes, { leaderId: '0' }), listed('a', 'b', 'c')],
    ['one that lags', all(holes, { raftAppliedIndex: 8_999 }), listed('a', 'b', 'c')],
    ['one that joins', all(holes), listed('a', 'b', 'c', 'learner')],
    [
      'one that was added and never started',
      all(holes),
      [...listed('a', 'b', 'c'), { ...listed('d')[0], name: '' }] as never,
    ],
    ['an empty list', all(holes), []],
  ])('does nothing with %s', (_, endpoints, members) => {
    expect(() => next(endpoints, {}, [], members)).toThrow(expect.objectContaining({ name: 'EtcdNotWell' }));
  });

  it('does nothing to data that etcd calls corrupt, nor to two clusters', () => {
    expect(() => next(all(holes), {}, [{ memberId: 'a', kind: 'CORRUPT' }])).toThrow(
      expect.objectContaining({ name: 'EtcdDataCorrupt' }),
    );
    expect(() => next(all(holes, { clusterId: 'c2' }))).toThrow(
      expect.objectContaining({ name: 'EtcdEndpointsMixed' }),
    );
  });

  describe('out of space', () => {
    const freed = { databaseBytes: 100 * MIB, databaseBytesInUse: 90 * MIB };
    const compacted = { compacted: true };

    it('compacts first, at what all members have', () => {
      expect(next(all(tidy, { revision: 480 }), {}, [nospace])).toEqual({ kind: 'compact', revision: 480 });
    });

    it('then defragments every member, worth it or not', () => {
      expect(next(all(tidy), compacted, [nospace])).toEqual({ kind: 'defragment', memberId: 'b' });
      expect(next(all(tidy), { ...compacted, ...done('b', 'c') }, [nospace])).toMatchObject({ kind: 'move-leader' });
    });

    it('disarms only once every member is smaller by a fifth', () => {
      const progress = { ...compacted, ...done('a', 'b', 'c') };

      expect(next(all(freed), progress, [nospace])).toEqual({ kind: 'disarm', alarms: [nospace] });
      expect(next(all({ ...freed, databaseBytes: 320 * MIB }), progress, [nospace]).kind).toBe('disarm');
      expect(() => next(all(freed, { databaseBytes: 321 * MIB }), progress, [nospace])).toThrow(
        expect.objectContaining({ name: 'EtcdStillFull' }),
      );
    });

    it('is done once the alarm is gone, and gives up when it is back', () => {
      const progress = { ...compacted, ...done('a', 'b', 'c'), disarmed: true };

      expect(next(all(freed), progress)).toEqual({ kind: 'done' });
      expect(() => next(all(freed), progress, [nospace])).toThrow(expect.objectContaining({ name: 'EtcdStillFull' }));
    });
  });
});
