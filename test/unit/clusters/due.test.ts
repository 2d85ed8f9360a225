import { describe, expect, it } from 'vitest';
import { due } from '../../../src/clusters/due.ts';

const start = new Date('2026-03-02T09:00:00Z').getTime();
const minutes = Array.from({ length: 120 }, (_, index) => new Date(start + index * 60_000));

function cluster(name: string, approveNodeCsrsMinutes = 10, csrApproval: 'tender' | 'off' = 'tender') {
  const schedules = {
    approveNodeCsrsMinutes,
    loadBalancerSyncMinutes: 5,
    etcdSnapshotMinutes: 15,
    etcdMaintenanceMinutes: 60,
    healthMinutes: 1,
    updateWatchMinutes: 15,
  };
  return { name, csrApproval, schedules, userHooks: [], updates: { policy: 'notify' as const, groups: {} } };
}

function dueMinutes(of: Parameters<typeof due>[0], workflow = 'approve-node-csrs'): readonly number[] {
  return minutes.flatMap((minute, index) => (due(of, minute).some((one) => one.workflow === workflow) ? [index] : []));
}

describe('due work', () => {
  it('comes once an interval, evenly', () => {
    const at = dueMinutes(cluster('demo', 30));
    expect(at).toHaveLength(4);
    expect(new Set(at.map((minute) => minute % 30)).size).toBe(1);
  });

  it('is the same at any second of a minute, so that a late tick misses nothing', () => {
    const [first = 0] = dueMinutes(cluster('demo'));
    const late = new Date(start + first * 60_000 + 59_999);
    expect(due(cluster('demo'), late)).toEqual(due(cluster('demo'), new Date(start + first * 60_000)));
  });

  it('of many clusters spreads over the interval', () => {
    const offsets = Array.from({ length: 50 }, (_, index) => dueMinutes(cluster(`cluster-${index}`))[0]);
    expect(new Set(offsets).size).toBeGreaterThan(7);
  });

  it('has no certificates to approve where somebody else approves them', () => {
    expect(dueMinutes(cluster('demo', 1, 'off'))).toEqual([]);
  });

  it('has new images to look for, unless nobody wants that for any group', () => {
    const watched = cluster('demo');
    const never = { ...watched, schedules: { ...watched.schedules, updateWatchMinutes: 0 } };
    const off = { ...watched, updates: { policy: 'off' as const, groups: {} } };
    const one = { ...off, updates: { ...off.updates, groups: { 'demo-workers': { policy: 'auto' as const } } } };
    expect([watched, never, off, one].map((each) => dueMinutes(each, 'watch-updates').length)).toEqual([8, 0, 0, 8]);
  });

  it('has load balancers to compare every few minutes, whoever approves certificates', () => {
    expect(dueMinutes(cluster('demo', 30, 'off'), 'load-balancer-sync')).toHaveLength(24);
  });

  it('has snapshots to take, and maintenance to do, of an etcd that is described, and of no other', () => {
    const snapshots = { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 90 };
    const maintenance = { defragmentBelowPercent: 50, minimumMebibytes: 100 };
    const etcd = {
      secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/etcd',
      snapshots,
      maintenance,
      drills: { everyDays: 7, canaryKeys: [] },
    };

    expect(dueMinutes({ ...cluster('demo'), etcd }, 'etcd-snapshot')).toHaveLength(8);
    expect(dueMinutes({ ...cluster('demo'), etcd }, 'etcd-maintenance')).toHaveLength(2);
    const snapshotsAt = dueMinutes({ ...cluster('demo'), etcd }, 'etcd-snapshot');
    expect(
      dueMinutes({ ...cluster('demo'), etcd }, 'etcd-maintenance').filter((at) => snapshotsAt.includes(at)),
    ).toEqual([]);
    expect(dueMinutes({ ...cluster('demo'), etcd }, 'etcd-drill').length).toBeLessThanOrEqual(1);
    expect(dueMinutes(cluster('demo'), 'etcd-drill')).toEqual([]);
    expect(dueMinutes(cluster('demo'), 'etcd-snapshot')).toEqual([]);
    expect(dueMinutes(cluster('demo'), 'etcd-maintenance')).toEqual([]);
  });

  it('is named after its workflow, cluster and minute', () => {
    const work = due(cluster('demo', 1), new Date('2026-03-02T09:07:31Z'));
    expect(work).toContainEqual({
      workflow: 'approve-node-csrs',
      cluster: 'demo',
      executionName: 'approve-node-csrs-demo-20260302T0907',
      input: { cluster: 'demo' },
    });
  });

  it('of two clusters with long names that begin alike has two names, neither too long for Step Functions', () => {
    const names = ['a', 'b'].map(
      (end) => due(cluster(`${'x'.repeat(62)}${end}`, 1), new Date(start))[0]?.executionName ?? '',
    );
    expect(names[0]).not.toBe(names[1]);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
  });
});
