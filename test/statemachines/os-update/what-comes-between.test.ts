import { describe, expect, it } from 'vitest';
import { updateDeployment } from '../../../rehearsal/local-deployment.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { guard, isOver } from '../../support/scenarios/departure.ts';
import { nextVersion } from '../../support/scenarios/next-version.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseUpdate, startUpdate, traces, update, versionsOf } from '../../support/scenarios/update.ts';

const timeout = 240_000;

describe('in the middle of an update', { timeout }, () => {
  it('a budget that never lets go stops it: the node serves on, what was launched for it goes, and the page names the pod', async () => {
    const { scenario, first } = await rehearseUpdate({ entry: { drain: { timeoutSeconds: 120 } } });
    const { all } = scenario.cloud.fleet.instances;
    // On each of them: whichever comes first.
    const [held = ''] = first;
    const loosen = guard(scenario, { instanceId: held, nodeName: all.get(held)?.privateDnsName ?? '' });

    await update(scenario);

    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toContain(held);
    expect(versionsOf(scenario)).toHaveLength(3);
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.message).toMatch(/could not be updated: .*default\/guarded/s);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    expect(traces(scenario, record()?.phase === 'waves' ? '2' : '1')).toEqual([]);

    loosen();
    await update(scenario, { resume: true });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers()]).toEqual([[], []]);
  });

  it('a spot interruption of an old node takes none of the others, and all end on the new image', async () => {
    const { scenario, first } = await rehearseUpdate({ spot: true });
    startUpdate(scenario);
    await scenario.world.until('the canary is launched', () => versionsOf(scenario).length === 4, 7_200_000);
    scenario.cloud.fleet.instances.interruptSpot(first[2] ?? '');
    await isOver(scenario, 'os-update');

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('capacity that somebody else asks for stays his', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    await scenario.world.until('the canary is launched', () => versionsOf(scenario).length === 4, 7_200_000);
    await scenario.cluster.scaleTo(6);
    await isOver(scenario, 'os-update');

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    await scenario.comesToRest();
    // Five: two more were asked for while one was launched first.
    expect(versionsOf(scenario)).toEqual(['2', '2', '2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('the loss of a zone takes no node of the others, and the update waits until that is over', async () => {
    const { scenario } = await rehearseUpdate({ workers: 6, entry: { updates: { bakeMinutes: 1, joinMinutes: 60 } } });
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary has baked', () => record()?.phase === 'waves', 7_200_000);
    const { fleet } = scenario.cloud;
    const ends = fleet.instances.failZone('us-east-1b');
    await isOver(scenario, 'os-update');
    // Auto Scaling replaces whom it thinks lost; it may do so again.
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'waiting' });
    expect([record()?.waitsFor, traces(scenario, '2')]).toEqual(['replacement', []]);
    const retired = scenario.deployment.executions('node-retire').filter(({ name }) => name.startsWith('update-'));
    expect(retired).toHaveLength(1);
    await scenario.world.advance(10 * 60_000);
    ends();
    await scenario.comesToRest();

    await update(scenario, { resume: true });
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    await scenario.comesToRest();
    expect(new Set(versionsOf(scenario))).toEqual(new Set(['2']));
    expect(versionsOf(scenario)).toHaveLength(6);
    expect(traces(scenario, '2')).toEqual([]);
  });

  it('a new version of Tender is deployed, and the roll goes on with both to its end', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary bakes', () => record()?.phase === 'bake', 7_200_000);
    const { deployment, cloud } = scenario;

    await updateDeployment(deployment, ...nextVersion(deployment.stack.template));

    expect(deployment.executions('os-update')[0]?.run.outcome).toBeUndefined();
    const versions = cloud.functions.find('tender-dev-advance-update').versions.map(({ version }) => version);
    expect(versions).toEqual(['$LATEST', '1', '2']);
    await isOver(scenario, 'os-update');
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('cluster-autoscaler is told to leave the nodes, may add some, and gets them back, but for one that its owner keeps', async () => {
    const { scenario, first } = await rehearseUpdate();
    const { cluster, cloud } = scenario;
    const { store, seed } = cluster.kubernetes;
    seed.deployment({ name: 'cluster-autoscaler', namespace: 'kube-system', replicas: 1 });
    const key = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
    const disabled = () =>
      store.list<ClusterNode>('nodes').filter(({ metadata }) => metadata.annotations?.[key] === 'true');
    const kept = cloud.fleet.instances.all.get(first[2] ?? '')?.privateDnsName ?? '';
    store.change('nodes', kept, undefined, (node: ClusterNode) => {
      node.metadata.annotations = { ...node.metadata.annotations, [key]: 'true' };
    });
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary bakes', () => record()?.phase === 'bake', 7_200_000);
    expect(disabled()).toHaveLength(3);
    // A pod found no room: capacity is raised by one, as cluster-autoscaler does.
    await cluster.scaleTo(4);
    await isOver(scenario, 'os-update');

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2', '2']);
    expect([disabled(), traces(scenario, '2'), pages(scenario)]).toEqual([[], [], []]);
  });

  it('a version that somebody else gives the group ends it, and stays', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    await scenario.world.until('the canary is launched', () => versionsOf(scenario).length === 4, 7_200_000);
    const { version } = await scenario.cluster.publishImage(3);
    await scenario.operate('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      LaunchTemplate: { LaunchTemplateName: scenario.cluster.workersGroup, Version: version },
    });
    await isOver(scenario, 'os-update');

    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    await scenario.comesToRest();
    expect(pages(scenario)[0]?.message).toMatch(/somebody else let group demo-workers launch version 3/);
    expect(traces(scenario, '3')).toEqual([]);
  });
});
