import { describe, expect, it } from 'vitest';
import type { SnapshotAge } from '../../../src/health/ports.ts';
import { aPlace } from '../../support/health/a-place.ts';
import { aCluster, aCondition } from '../../support/health/observed.ts';

const sick = { conditions: [aCondition('Ready', 'False', 0)] };
/** So many of ten workers are not ready; since the first minute. */
const sickOf = (count: number) => (at: number) =>
  aCluster(
    { workers: { size: 10, sick: Object.fromEntries(Array.from({ length: count }, (_, n) => [n + 1, sick])) } },
    at,
  );
const well = sickOf(0);
const storm = sickOf(6);
const DAY = 24 * 60;

/** What was told of a kind: what happened, and how bad it is. */
function toldOf({ place }: ReturnType<typeof aPlace>, kind: string) {
  return place.told.filter((page) => page.kind === kind);
}

describe('a breaker that opens', () => {
  it('is told of once, with the cluster, the cause, what Tender does, and what to do', async () => {
    const world = aPlace();
    await world.pass(storm, 0, 20);

    const told = toldOf(world, 'breakers-open');
    expect(told).toEqual([
      {
        kind: 'breakers-open',
        severity: 'critical',
        cluster: 'demo',
        subject: 'cluster demo: repairs have stopped',
        what: expect.stringMatching(
          /^Cluster demo: so many nodes are unhealthy together that Tender repairs none of them: .*6 of 10 unhealthy in group workers/,
        ),
        node: '',
        did: 'begins no repair there until the breaker closes, which it does by itself',
        todo: 'look for what they have in common: an image, a zone, the API server, the network',
        command: 'npx tender health demo',
        runbook: 'docs/health.md#breakers',
      },
    ]);
    expect(told[0]?.what, 'breakers that open together are one page').toContain('; ');
  });

  it('is told of once more after a day, and when it has closed', async () => {
    const world = aPlace();
    await world.pass(storm, 0, 10);
    await world.pass(storm, DAY + 6, DAY + 12);
    await world.pass(well, DAY + 13, DAY + 40);

    expect(toldOf(world, 'breakers-open').map(({ severity, subject }) => [severity, subject])).toEqual([
      ['critical', 'cluster demo: repairs have stopped'],
      ['critical', 'cluster demo: repairs have stopped, for a day now'],
      ['info', 'cluster demo: repairs go on'],
    ]);
  });

  it('is told of when SNS is back, and once', async () => {
    const world = aPlace();
    world.place.pageFails = true;
    await world.pass(storm, 0, 10);
    expect(world.place.told).toEqual([]);
    world.place.pageFails = false;
    await world.pass(storm, 11, 20);
    expect(toldOf(world, 'breakers-open')).toHaveLength(1);
  });

  it('is not said to have closed while groups cannot be seen', async () => {
    const world = aPlace();
    await world.pass(storm, 0, 10);
    await world.pass((at) => ({ ...storm(at), groups: { problem: 'AwsThrottled' } }), 11, 14);
    await world.pass(storm, 15, 20);
    expect(toldOf(world, 'breakers-open')).toHaveLength(1);
  });
});

describe('a hook that nobody sees to', () => {
  const leaving = (at: number) => {
    const seen = well(at);
    if ('problem' in seen.groups) throw new Error(seen.groups.problem);
    const [group] = seen.groups.value;
    const members = group?.members.map((one, index) =>
      index === 0 ? { ...one, lifecycleState: 'Terminating:Wait' } : one,
    );
    return { ...seen, groups: { value: group && members ? [{ ...group, members }] : [] } };
  };

  it('is told of when what was started for it has not helped, with the command that sees to it, and when it is over', async () => {
    const world = aPlace();
    await world.pass(leaving, 0, 2);
    expect(toldOf(world, 'hooks-unattended')).toEqual([]);
    await world.pass(leaving, 3, 10);
    await world.pass(well, 11, 12);

    expect(toldOf(world, 'hooks-unattended')).toMatchObject([
      {
        severity: 'critical',
        cluster: 'demo',
        what: expect.stringContaining('i-workers-0001 (group workers) in Terminating:Wait'),
        command: 'npx tender node retire i-workers-0001 demo',
        runbook: 'docs/alarms.md#hooks-unattended',
      },
      { severity: 'info', subject: 'cluster demo: no lifecycle hook is left alone any more' },
    ]);
  });

  it('is not told of where somebody has claimed the instance, or nobody can say', async () => {
    const claim = {
      instanceId: 'i-workers-0001',
      owner: 'arn',
      claimedAt: '2026-03-01T12:00:00Z',
      deadline: '2026-03-01T13:00:00Z',
    };
    const claimed = aPlace();
    await claimed.pass(leaving, 0, 10, { claims: { of: async () => [claim] } });
    const unknown = aPlace();
    const refuse = async () => {
      throw new Error('AwsThrottled');
    };
    await unknown.pass(leaving, 0, 10, { claims: { of: refuse } });
    for (const world of [claimed, unknown]) expect(toldOf(world, 'hooks-unattended')).toEqual([]);
  });
});

describe('snapshots that do not come', () => {
  /** A bucket whose newest snapshot is as old as this says. */
  function archive(age: (minute: number) => SnapshotAge | undefined) {
    const world = aPlace();
    const looks: number[] = [];
    const pass = (from: number, to: number) =>
      world.pass(well, from, to, {}, (at) => ({
        snapshots: {
          async newest() {
            looks.push(at);
            const found = age(at);
            if (found === undefined) throw new Error('AwsAccessDenied');
            return found;
          },
        },
      }));
    return { world, looks, pass };
  }
  const old = (minutes: number): SnapshotAge => ({
    newest: '20260301T111500Z-r42',
    ageSeconds: minutes * 60,
    overdue: minutes > 30,
    everyMinutes: 15,
  });
  const none: SnapshotAge = { newest: '', overdue: true, everyMinutes: 15 };

  it('are told of with the cluster, how old the newest is, and how one is taken; and when one comes', async () => {
    const { world, looks, pass } = archive((at) => (at < 60 ? old(45 + at) : old(2)));
    await pass(0, 80);

    expect(toldOf(world, 'snapshot-overdue')).toMatchObject([
      {
        severity: 'critical',
        cluster: 'demo',
        what: expect.stringMatching(
          /^Cluster demo: the newest snapshot of etcd is older than .*: the newest, 20260301T111500Z-r42, is 45 minutes old$/,
        ),
        command: 'npx tender etcd snapshot take demo',
        runbook: 'docs/runbooks/snapshot-not-taken.md',
      },
      { severity: 'info', subject: 'cluster demo: snapshots of etcd come again' },
    ]);
    expect(looks, 'the bucket is not listed each minute').toEqual([0, 15, 30, 45, 60, 75]);
  });

  it('are told of where there is none, once there should have been two', async () => {
    const { world, pass } = archive(() => none);
    await pass(0, 29);
    expect(toldOf(world, 'snapshot-overdue')).toEqual([]);
    await pass(30, 60);
    expect(toldOf(world, 'snapshot-overdue')).toHaveLength(1);
  });

  it('stay as they were while the bucket cannot be read', async () => {
    const { world, pass } = archive((at) => (at < 15 || at > 60 ? old(45) : undefined));
    await pass(0, 80);
    expect(toldOf(world, 'snapshot-overdue')).toHaveLength(1);
  });
});
