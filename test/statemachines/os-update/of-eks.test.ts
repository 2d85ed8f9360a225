import { describe, expect, it } from 'vitest';
import type { NodeGroupSettings } from '../../../simulator/eks/node-groups.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseUpdate, startUpdate, update } from '../../support/scenarios/update.ts';
import { atTheDoor } from '../../support/tender-door.ts';

const timeout = 240_000;
const OLD = '1.34.1-20260110';
const NEW = '1.34.2-20260220';
const PARAMETER = '/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/release_version';

/** The workers are a managed node group, and EKS has published another release. */
async function rehearseManaged(
  changes: Partial<NodeGroupSettings> = {},
  options: Parameters<typeof rehearseUpdate>[0] = {},
) {
  const { scenario, first } = await rehearseUpdate({
    ...options,
    entry: { updates: { policy: 'manual' }, ...options.entry },
  });
  const { cloud, cluster } = scenario;
  const images = new Map([
    [OLD, cluster.imageId('workers')],
    [NEW, `${cluster.imageId('workers').slice(0, -1)}2`],
  ]);
  cloud.nodeGroups.manage({
    clusterName: 'demo',
    nodegroupName: 'general',
    groupName: cluster.workersGroup,
    version: '1.34',
    releaseVersion: OLD,
    tags: { 'tender:cluster': 'demo' },
    imageOf: (release) => images.get(release),
    ...changes,
  });
  cloud.parameters.setPublic(PARAMETER, NEW);
  await scenario.invoke('watch-updates', { cluster: 'demo' });
  const imagesOf = () => {
    const members = [...(cloud.fleet.groups.all.get(cluster.workersGroup)?.members.values() ?? [])];
    return members.map(({ imageId }) => [...images].find(([, id]) => id === imageId)?.[0]).sort();
  };
  const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
  const report = () =>
    ((stored(scenario, 'updates/demo/watch.json').values().next().value?.groups ?? []) as { groupName: string }[]).find(
      ({ groupName }) => groupName === cluster.workersGroup,
    );
  return { scenario, first, imagesOf, record, report };
}

describe('a managed node group', { timeout }, () => {
  it('is rolled by EKS to the release that AWS publishes, and everybody can read how far it is', async () => {
    const { scenario, first, imagesOf, record, report } = await rehearseManaged();
    expect(report()).toMatchObject({
      way: 'managed',
      verdict: 'available',
      version: NEW,
      diff: [`releaseVersion: ${OLD} → ${NEW}`],
    });

    await update(scenario, { plan: true });
    expect(scenario.output('os-update')).toMatchObject({
      plan: {
        verdict: 'update',
        way: 'managed',
        target: { version: NEW },
        previous: { version: OLD },
        managed: { nodeGroup: 'general' },
      },
    });
    expect(stored(scenario, 'updates/demo/groups/').size).toBe(0);

    startUpdate(scenario);
    await scenario.world.until(
      'EKS rolls it',
      () => /[12] nodes are new and [23] old/.test(String(record()?.why)),
      7_200_000,
    );
    const group = scenario.cloud.fleet.groups.all.get(scenario.cluster.workersGroup);
    // Auto Scaling’s processes are EKS’s to suspend.
    expect([...(group?.suspended.keys() ?? [])]).toEqual([]);
    await scenario.comesToRest();
    expect(scenario.output('os-update', -1)).toMatchObject({ outcome: 'done', updated: 3 });
    expect([imagesOf(), group?.desired]).toEqual([[NEW, NEW, NEW], 3]);
    expect(scenario.cluster.inService().filter((id) => first.includes(id))).toEqual([]);
    expect([...stored(scenario, 'updates/demo/past/').values()]).toMatchObject([
      { status: 'done', way: 'managed', target: { version: NEW } },
    ]);
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    expect(report()).toMatchObject({ verdict: 'current' });
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('that EKS cannot empty is told with the reason that EKS gives, and is rolled anew when a person resumes it', async () => {
    const { scenario, imagesOf } = await rehearseManaged();
    scenario.cloud.nodeGroups.failNext('demo', 'general', {
      errorCode: 'PodEvictionFailure',
      errorMessage: 'Reached max retries while trying to evict pods from nodes in node group general',
      resourceIds: ['ip-10-0-0-1.ec2.internal'],
    });
    await update(scenario);

    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    await scenario.comesToRest();
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.message).toMatch(
      /EKS has ended its update of node group general as Failed.*PodEvictionFailure: Reached max retries.*ip-10-0-0-1/,
    );
    await update(scenario, { rollBack: true });
    expect(scenario.cause('os-update', -1)).toMatch(/EKS takes no managed node group back/);

    await update(scenario, { resume: true });
    await scenario.comesToRest();
    expect([scenario.output('os-update', -1).outcome, imagesOf()]).toEqual(['done', [NEW, NEW, NEW]]);
  });

  it('whose nodes EKS empties counts in the budget of the cluster: a retirement in another group waits until that has ended', async () => {
    const { scenario } = await rehearseManaged({}, { moreGroups: [{ name: 'blue', nodes: 2 }] });
    scenario.cloud.nodeGroups.failNext('demo', 'general', { errorCode: 'PodEvictionFailure' });
    startUpdate(scenario);
    const serving = (name: string) => {
      const members = [...(scenario.cloud.fleet.groups.all.get(name)?.members.values() ?? [])];
      return members.filter(({ state }) => state === 'InService').map((member) => member.instanceId);
    };
    // What EKS has launched is in service, and no member leaves yet.
    await scenario.world.until('EKS empties a node', () => serving('demo-workers').length === 4, 7_200_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: serving('demo-blue')[0] });
    const { run } = await scenario.untilState('TakeLease', 2, 'node-retire');
    expect(JSON.stringify(run.history)).toMatch(/has 1: 1 that EKS empties, since it rolls a node group/);
    await scenario.comesToRest();
    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    expect(scenario.output('node-retire', 0)).toMatchObject({ outcome: 'retired', reason: 'by hand' });
  });

  it('that nobody can look at for an hour has a person told, and is watched on once that is mended', async () => {
    const { scenario, imagesOf, record } = await rehearseManaged();
    const mend = scenario.plant(
      ({ operation }) => operation === 'DescribeUpdate',
      { kind: 'error', code: 'AccessDeniedException', message: 'not authorized to DescribeUpdate', status: 403 },
      { times: 1000 },
    );
    await update(scenario);

    expect([scenario.outcomes('os-update'), imagesOf()]).toEqual([['FAILED UpdateNotWatched'], [NEW, NEW, NEW]]);
    await scenario.comesToRest();
    expect(record()).toMatchObject({ status: 'waiting', waitsFor: 'EKS' });
    expect(pages(scenario)).toMatchObject([
      { message: expect.stringMatching(/could be looked at for an hour: AwsAccessDenied.*is watched again soon/) },
    ]);

    mend();
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    await scenario.comesToRest();
    expect([scenario.output('os-update', -1).outcome, pages(scenario).length]).toEqual(['done', 1]);
  });

  it('that nobody watches can be ended by a person once EKS has ended its update, and not before', async () => {
    const { scenario, imagesOf, record } = await rehearseManaged();
    startUpdate(scenario);
    const rolls = () => /[12] nodes are new and [23] old/.test(String(record()?.why));
    await scenario.world.until('EKS rolls it', rolls, 7_200_000);
    const running = scenario.deployment.executions('os-update').find(({ run }) => run.outcome === undefined);
    if (running) await scenario.stop(running);
    await scenario.world.until('it is settled', () => record()?.settled === true, 600_000);
    const abort = async () => {
      let answer = { status: -1, err: '' };
      await atTheDoor(scenario, async (run) => {
        answer = await run('update', 'abort', 'demo', '--group', 'demo-workers');
      });
      return answer;
    };
    expect(await abort()).toMatchObject({ status: 1, err: expect.stringMatching(/EKS stops no update/) });

    await scenario.world.until('EKS is done', () => imagesOf().join() === [NEW, NEW, NEW].join(), 7_200_000);
    await scenario.comesToRest();
    expect(record()).toMatchObject({ status: 'waiting' });
    expect(await abort()).toMatchObject({ status: 0, err: expect.stringMatching(/it has stopped/) });
    expect(record()).toMatchObject({ status: 'stopped', why: expect.stringMatching(/aborted it/) });
  });

  it('that nobody has tagged for Tender is not rolled, and the page says what EKS answered', async () => {
    const { scenario, imagesOf } = await rehearseManaged({ tags: {} }, { denied: ['eks:UpdateNodegroupVersion'] });
    await update(scenario);

    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    await scenario.comesToRest();
    expect(pages(scenario)[0]?.message).toMatch(/EKS refuses to roll node group general: AccessDeniedException/);
    expect(imagesOf()).toEqual([OLD, OLD, OLD]);
  });

  it('begins within its window only, and is watched to its end when that closes or its execution dies, and no other group begins before that', async () => {
    const { scenario, imagesOf, record } = await rehearseManaged(
      {},
      {
        moreGroups: [{ name: 'blue', nodes: 1 }],
        entry: {
          updates: { policy: 'manual', windows: [{ days: ['monday'], start: '02:00', minutes: 60, timeZone: 'UTC' }] },
        },
      },
    );
    await update(scenario);
    expect(scenario.cause('os-update')).toMatch(/closed: outside the windows/);

    startUpdate(scenario, { now: true });
    await scenario.world.until(
      'EKS rolls it',
      () => /[12] nodes are new and [23] old/.test(String(record()?.why)),
      7_200_000,
    );
    const running = scenario.deployment.executions('os-update').find(({ run }) => run.outcome === undefined);
    if (running) await scenario.stop(running);
    await scenario.world.until('it is settled', () => record()?.settled === true, 600_000);
    expect(record()).toMatchObject({ status: 'waiting', waitsFor: 'EKS' });
    await update(scenario, { groupName: 'demo-blue', now: true });
    expect(scenario.cause('os-update', -1)).toMatch(/group demo-workers of the cluster is updated now/);

    // Nothing else goes on while the andon is on.
    await pullAndon(scenario);
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    await scenario.comesToRest();
    expect([scenario.output('os-update', -1).outcome, imagesOf()]).toEqual(['done', [NEW, NEW, NEW]]);
    expect(scenario.cloud.world.history.entries.filter(({ event }) => event === 'UpdateBegun')).toHaveLength(1);
  });
});
