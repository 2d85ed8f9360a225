import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { isOver } from '../../support/scenarios/departure.ts';
import { pages, stored, trace } from '../../support/scenarios/scenario.ts';
import { rehearseUpdate, startUpdate, traces, update, versionsOf } from '../../support/scenarios/update.ts';

const timeout = 240_000;

describe('a new image', { timeout }, () => {
  it('is rolled out by a canary, a bake and waves, and everything suspended is resumed', async () => {
    const { scenario, first } = await rehearseUpdate();

    await update(scenario, { plan: true });
    expect(scenario.output('os-update')).toMatchObject({
      outcome: 'planned',
      plan: { verdict: 'update', target: { version: '2' }, previous: { version: '1' }, surges: true, waveSize: 1 },
    });
    expect(
      (scenario.output('os-update').plan as { nodes: { instanceId: string }[] }).nodes
        .map((one) => one.instanceId)
        .sort(),
    ).toEqual([...first].sort());
    expect([versionsOf(scenario), traces(scenario, '1'), stored(scenario, 'updates/').size]).toEqual([
      ['1', '1', '1'],
      [],
      0,
    ]);

    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary bakes', () => record()?.phase === 'bake', 7_200_000);
    const { cloud, cluster } = scenario;
    const group = cloud.fleet.groups.all.get(cluster.workersGroup);
    // While it bakes nobody launches it, and nothing leads pods to it.
    await scenario.world.until(
      'its version is taken back',
      () => group?.settings.LaunchTemplate?.Version === '1',
      120_000,
    );
    expect([...(group?.suspended.keys() ?? [])].sort()).toEqual(['AZRebalance', 'ReplaceUnhealthy']);
    const tainted = () =>
      cluster.kubernetes.store
        .list<ClusterNode>('nodes')
        .filter(({ spec }) => spec.taints?.some(({ key }) => key === 'tender.sh/outdated'));
    expect(tainted()).toHaveLength(0);
    await scenario.world.until('it has baked', () => record()?.phase === 'waves', 7_200_000);
    await scenario.world.until('the others are marked', () => tainted().length === 2, 120_000);

    await isOver(scenario, 'os-update', 2);
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect(cluster.inService().filter((id) => first.includes(id))).toEqual([]);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
    expect(trace(scenario, -1, 'os-update').slice(0, 7)).toEqual([
      'ReadSignal',
      'ReadWish',
      'WhatIsWanted',
      'PlanUpdate',
      'WhatIsPlanned',
      'BeginUpdate',
      'HasItBegun',
    ]);
    expect([...stored(scenario, 'updates/demo/past/').values()]).toMatchObject([
      { status: 'done', settled: true, waves: 3 },
    ]);
  });

  it('is no reason to follow an alias: the group is pinned to the number that it is now', async () => {
    const { scenario } = await rehearseUpdate({
      group: { LaunchTemplate: { LaunchTemplateName: 'demo-workers', Version: '$Default' } },
    });

    await update(scenario, { version: '1' });

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 0 });
    await scenario.comesToRest();
    expect([versionsOf(scenario), traces(scenario, '1'), pages(scenario)]).toEqual([['1', '1', '1'], [], []]);
  });

  it('comes without more instances to a group at its maximum', async () => {
    const { scenario } = await rehearseUpdate({ group: { MaxSize: 3 }, schedules: true });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('is rolled out once when two begin, and goes on when a person resumes what somebody stopped', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    await scenario.world.advance(1_000);
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('its canary is launched', () => versionsOf(scenario).includes('2'), 7_200_000);
    const runs = () => scenario.deployment.executions('os-update');
    expect(runs().filter(({ run }) => run.outcome === undefined)).toHaveLength(1);
    expect(scenario.outcomes('os-update')).toContain('FAILED UpdateRefused');
    const [running] = runs().filter(({ run }) => run.outcome === undefined);
    if (running) await scenario.stop(running);

    await scenario.world.until('it is settled', () => record()?.settled === true, 600_000);
    expect(record()).toMatchObject({ status: 'stopped', why: 'its execution ended before it was done', suspended: [] });
    expect(traces(scenario, '1')).toEqual([]);

    await update(scenario, { resume: true });
    expect(scenario.output('os-update', -1)).toMatchObject({ outcome: 'done', updated: 3 });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers()]).toEqual([[], []]);
  });

  it('goes by the windows of its own group, whichever group the functions have just served', async () => {
    const closed = { days: ['monday' as const], start: '02:00', minutes: 60, timeZone: 'Europe/Berlin' };
    const { scenario } = await rehearseUpdate({
      controlPlane: 1,
      entry: { updates: { groups: { 'demo-workers': { windows: [closed] } } } },
    });
    await update(scenario, { groupName: 'demo-control-plane', plan: true });
    await update(scenario);
    expect(scenario.cause('os-update', -1)).toMatch(/closed: outside the windows/);
    expect([versionsOf(scenario), traces(scenario, '1')]).toEqual([['1', '1', '1'], []]);
  });
});

describe('nodes that are older than they may be', { timeout }, () => {
  it('are rotated by the same waves, without a canary, and those that are younger stay', async () => {
    const { scenario, first } = await rehearseUpdate();
    const day = 24 * 3600_000;
    const { cloud, cluster, world } = scenario;
    await world.advance(2 * day);
    const group = cloud.fleet.groups.all.get(cluster.workersGroup);
    await scenario.operate('autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: cluster.workersGroup,
      DesiredCapacity: 4,
    });
    await world.until('a fourth is in service', () => cluster.inService().length === 4, 3_600_000);
    const young = cluster.inService().filter((id) => !first.includes(id));

    await update(scenario, { olderThanDays: 1 });

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    expect(cluster.inService().filter((id) => first.includes(id))).toEqual([]);
    // Later Auto Scaling may move it to another zone.
    expect(cluster.inService()).toEqual(expect.arrayContaining(young));
    expect([group?.members.size, versionsOf(scenario)]).toEqual([4, ['1', '1', '1', '1']]);
    await scenario.comesToRest();
    expect([traces(scenario, '1'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });
});
