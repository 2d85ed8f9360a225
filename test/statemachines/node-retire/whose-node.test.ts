import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, retireByHand, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

/** Why a person who wants to retire the instance is told no. */
async function refusal(options: Parameters<typeof rehearseFleet>[0]): Promise<string> {
  const { scenario, leaver } = await rehearseFleet({ ...options, workers: 1 });
  await retireByHand(scenario, { instanceId: leaver.instanceId });
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  return scenario.cause('node-retire');
}

describe('a worker', { timeout }, () => {
  it('that a person names by its node is drained, terminated, and replaced', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    await retireByHand(scenario, { nodeName: leaver.nodeName, reason: 'a noisy disk' });
    expect(scenario.output('node-retire')).toMatchObject({ instanceId: leaver.instanceId, reason: 'a noisy disk' });
    await scenario.comesToRest();
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('of a group whose process Launch is suspended goes, and plan and result say that nobody comes in its place', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: false });
    const nobody = expect.stringContaining(
      `Launch of group ${scenario.cluster.workersGroup} is suspended: nobody comes`,
    );
    await retireByHand(scenario, { instanceId: leaver.instanceId, plan: true });
    expect(scenario.output('node-retire')).toMatchObject({ outcome: 'planned', plan: { unreplaced: nobody } });
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.output('node-retire', 1)).toMatchObject({ outcome: 'retired', remark: nobody });
  });

  it('of a managed node group or of Karpenter is left to it; its hook would be answered all the same', async () => {
    expect(await refusal({ workerTags: { 'eks:nodegroup-name': 'blue' } })).toContain(
      'an EKS managed node group owns the node',
    );
    expect(await refusal({ workerTags: { 'karpenter.sh/nodepool': 'default' } })).toContain('Karpenter owns the node');
    const { scenario, leaver } = await rehearseFleet({ workerTags: { 'eks:nodegroup-name': 'blue' } });
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(trace(scenario, 0, 'node-drain')).toContain('EvictPods');
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });

  it('of a group that an instance refresh replaces is left to the refresh, whose terminations are drained', async () => {
    const { scenario, workers } = await rehearseFleet({ replaced: true });
    const [, second = { instanceId: '', nodeName: '' }] = workers;
    await scenario.operate('autoscaling', 'StartInstanceRefresh', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      Preferences: { MinHealthyPercentage: 50, InstanceWarmup: 0 },
    });
    await scenario.untilState('EvictPods', 1, 'node-drain');
    const kept = workers.find(({ instanceId }) => lifecycleState(scenario, instanceId) === 'InService') ?? second;
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: kept.instanceId });
    const refused = () => scenario.outcomes('node-retire').includes('FAILED NodeNotRetired');
    await scenario.world.until('it is refused', refused, 600_000);
    await scenario.comesToRest(6 * 3_600_000);
    expect(hookAnswers(scenario).filter((answer) => !answer.startsWith('CONTINUE'))).toEqual([]);
    expect(workers.map((worker) => conditionOfNode(scenario, worker))).toEqual(['gone', 'gone']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('that is not in the cluster, or nowhere, is refused by name', async () => {
    const { scenario, leaver } = await rehearseFleet({ workers: 1 });
    await scenario.operate('autoscaling', 'CreateOrUpdateTags', {
      Tags: [
        {
          ResourceId: scenario.cluster.workersGroup,
          ResourceType: 'auto-scaling-group',
          Key: 'tender:cluster',
          Value: 'another',
          PropagateAtLaunch: true,
        },
      ],
    });
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.cause('node-retire', 0)).toContain('InstanceNotManaged');
    await retireByHand(scenario, { nodeName: 'nobody.ec2.internal' });
    expect(scenario.cause('node-retire', 1)).toContain('NodeNotFound');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(pages(scenario)).toEqual([]);
  });
});

describe('a control-plane node', { timeout }, () => {
  it('is not retired while nobody can say whether etcd keeps its quorum; its maintenance is told to a person', async () => {
    const { scenario } = await rehearseFleet({ controlPlane: 1, workers: 1 });
    const [instanceId = ''] = [...(scenario.cloud.fleet.groups.all.get('demo-control-plane')?.members.keys() ?? [])];
    await retireByHand(scenario, { instanceId });
    expect(scenario.cause('node-retire')).toContain('nobody can say whether etcd would keep its quorum');
    expect(pages(scenario)).toEqual([]);

    scenario.cloud.fleet.instances.scheduleMaintenance(instanceId, { startsInMs: 7_200_000, kind: 'reboot' });
    await isOver(scenario, 'node-retire', 2);
    await scenario.world.advance(60_000);
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.message).toContain('Tender refuses');
  });
});

describe('an instance that goes into a warm pool, or out of it', { timeout }, () => {
  it('is drained on its way in, and let go without a drain when it leaves the pool', async () => {
    const { scenario, workers } = await rehearseFleet({ application: { pods: 2, minAvailable: 1 } });
    const pool = { AutoScalingGroupName: scenario.cluster.workersGroup, InstanceReusePolicy: { ReuseOnScaleIn: true } };
    await scenario.operate('autoscaling', 'PutWarmPool', pool);
    await scenario.cluster.scaleTo(1);
    const state = (instanceId: string) => lifecycleState(scenario, instanceId) ?? '';
    const pooled = () => workers.find(({ instanceId }) => state(instanceId) === 'Warmed:Stopped');
    await scenario.world.until('it is in the pool', () => pooled() !== undefined, 1_800_000);
    expect(scenario.output('node-drain', 0)).toMatchObject({ outcome: 'drained', evicted: 1 });
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${pooled()?.instanceId}`]);

    const drained = scenario.outcomes('node-drain').length;
    const { AutoScalingGroupName } = pool;
    await scenario.operate('autoscaling', 'DeleteWarmPool', { AutoScalingGroupName, ForceDelete: true });
    await scenario.comesToRest();
    expect(hookAnswers(scenario).filter((answer) => !answer.startsWith('CONTINUE'))).toEqual([]);
    expect(scenario.outcomes('node-drain')).toHaveLength(drained);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
