import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, podsOn, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const MINUTE_MS = 60_000;
const desired = ({ cloud, cluster }: Awaited<ReturnType<typeof rehearseFleet>>['scenario']) =>
  cloud.fleet.groups.all.get(cluster.workersGroup)?.desired;

describe('a rebalance recommendation', { timeout }, () => {
  it('is ignored, or only cordons, as the policy says', async () => {
    const ignoring = await rehearseFleet({ spot: true, workers: 1 });
    ignoring.scenario.cloud.fleet.instances.recommendRebalance(ignoring.leaver.instanceId);
    await isOver(ignoring.scenario, 'node-retire');
    expect(ignoring.scenario.output('node-retire')).toMatchObject({ outcome: 'aside' });
    expect(conditionOfNode(ignoring.scenario, ignoring.leaver)).toBe('Ready');

    const { scenario, leaver } = await rehearseFleet({ spot: true, entry: { retire: { rebalance: 'cordon' } } });
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-retire')).toMatchObject({ outcome: 'cordoned' });
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, owned');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
  });

  it('leaves a node as it is that a person has drained, where it would only cordon it', async () => {
    const entry = { retire: { rebalance: 'cordon' }, disruptions: { perGroup: 2, perCluster: 2 } };
    const { scenario, leaver } = await rehearseFleet({ spot: true, workers: 3, entry });
    const served = scenario.targets();
    const { instanceId, nodeName } = leaver;
    const owner = scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName });
    await isOver(scenario, 'node-drain');
    scenario.cloud.fleet.instances.recommendRebalance(instanceId);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-retire')).toMatchObject({
      outcome: 'aside',
      remark: expect.stringContaining('it is out of its load balancers already, by tender-dev-node-drain:'),
    });
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');

    scenario.startByHand('SweepRetireMachine', { cluster: 'demo', instanceId, owner });
    await isOver(scenario, 'sweep-retire');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().toSorted()).toEqual(served.toSorted());
    expect(scenario.leftovers()).toEqual([]);
  });

  it('launches the replacement first, drains then, and leaves no surplus', async () => {
    const entry = { retire: { rebalance: 'retire', launchFirst: true } };
    const { scenario, leaver } = await rehearseFleet({ spot: true, replaced: true, terminateHook: false, entry });
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await scenario.untilState('DrainNode', 1, 'node-retire');
    expect([desired(scenario), scenario.cluster.inService().length]).toEqual([3, 3]);
    await scenario.comesToRest();
    expect([desired(scenario), scenario.cluster.inService().length]).toEqual([2, 2]);
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('takes the surge back when the drain fails, and the node serves again', async () => {
    const entry = {
      retire: { rebalance: 'retire', launchFirst: true },
      drain: { timeoutSeconds: 60, graceCapSeconds: 0 },
    };
    const { scenario, leaver } = await rehearseFleet({ spot: true, replaced: true, terminateHook: false, entry });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(desired(scenario)).toBe(2);
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toEqual([]);
  });
});

describe('rebalance recommendations for all nodes of a group at once, which only cordon', { timeout }, () => {
  it('leave all but one open to pods: there is one place in the budget', async () => {
    const entry = { retire: { rebalance: 'cordon' as const } };
    const { scenario, workers } = await rehearseFleet({ spot: true, workers: 3, entry });
    for (const { instanceId } of workers) scenario.cloud.fleet.instances.recommendRebalance(instanceId);
    await isOver(scenario, 'node-retire', 3);
    const outcomes = [0, 1, 2].map((index) => scenario.output('node-retire', index).outcome);
    expect(outcomes.toSorted()).toEqual(['aside', 'aside', 'cordoned']);
    const conditions = workers.map((worker) => conditionOfNode(scenario, worker));
    expect(conditions.toSorted()).toEqual(['Ready', 'Ready', 'Ready, cordoned, owned']);
  });
});

describe('two rebalance recommendations at once', { timeout }, () => {
  const entry = {
    retire: { rebalance: 'retire', launchFirst: true },
    disruptions: { perGroup: 2, perCluster: 2 },
    drain: { timeoutSeconds: 60, graceCapSeconds: 0 },
  };
  const failed = (scenario: FaultScenario) =>
    scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED');
  const rehearseTwo = () => rehearseFleet({ spot: true, workers: 3, replaced: true, terminateHook: false, entry });

  it('launch a replacement each, one after the other, so that the group has never fewer than it wants, nor more in the end', async () => {
    const { scenario, workers } = await rehearseTwo();
    for (const { instanceId } of workers.slice(0, 2)) scenario.cloud.fleet.instances.recommendRebalance(instanceId);
    let fewest = 3;
    scenario.world.history.listen(() => {
      fewest = Math.min(fewest, scenario.cluster.inService().length);
    });
    await isOver(scenario, 'node-retire', 2);
    await scenario.comesToRest();
    expect(failed(scenario)).toEqual([]);
    expect([fewest, desired(scenario), scenario.cluster.inService().length]).toEqual([3, 3, 3]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('leave no surplus where the drain of one fails', async () => {
    const { scenario, workers } = await rehearseTwo();
    const [stays = { instanceId: '', nodeName: '' }, goes = stays] = workers;
    guard(scenario, stays);
    await scenario.world.advance(5_000);
    for (const { instanceId } of [stays, goes]) scenario.cloud.fleet.instances.recommendRebalance(instanceId);
    await isOver(scenario, 'node-retire', 2);
    await scenario.comesToRest();
    expect(failed(scenario)).toEqual(['FAILED NodeNotRetired']);
    expect([desired(scenario), scenario.cluster.inService().length]).toEqual([3, 3]);
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('maintenance', { timeout }, () => {
  it('finds nobody: the nodes are retired before it begins, one after the other', async () => {
    const { scenario, workers } = await rehearseFleet({ workers: 3, replaced: true, terminateHook: false });
    const startsAt = scenario.world.now() + 120 * MINUTE_MS;
    const ids = workers.slice(0, 2).map(({ instanceId }) => instanceId);
    scenario.cloud.fleet.instances.scheduleMaintenance(ids, { startsInMs: 120 * MINUTE_MS, kind: 'reboot' });
    const gone = () => ids.every((id) => lifecycleState(scenario, id) === undefined);
    await scenario.world.until('both are replaced', gone, 120 * MINUTE_MS);
    expect(scenario.world.now()).toBeLessThan(startsAt);
    await scenario.comesToRest();
    const drains = scenario.deployment.executions('node-drain').map(({ run }) => [run.startedAt, run.stoppedAt ?? 0]);
    const inOrder = drains.toSorted(([a = 0], [b = 0]) => a - b);
    expect(inOrder.length).toBeGreaterThanOrEqual(2);
    expect(inOrder.every(([from = 0], index) => index === 0 || from >= (inOrder[index - 1]?.[1] ?? 0))).toBe(true);
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});

describe('maintenance of the last healthy target', { timeout }, () => {
  /** Two workers of which the second is behind no network load balancer, maintenance of the first, and how to mend that. */
  async function announced(startsInMs: number) {
    const { scenario, leaver, workers } = await rehearseFleet({ terminateHook: false });
    const other = {
      TargetGroupArn: scenario.cluster.targetGroupArn,
      Targets: [{ Id: workers[1]?.instanceId ?? '' }],
    };
    await scenario.operate('elasticloadbalancingv2', 'DeregisterTargets', other);
    scenario.cloud.fleet.instances.scheduleMaintenance(leaver.instanceId, { startsInMs, kind: 'reboot' });
    const mend = () => scenario.operate('elasticloadbalancingv2', 'RegisterTargets', other);
    return { scenario, leaver, mend };
  }

  it('waits until another target is healthy, and the node serves until then', async () => {
    const { scenario, leaver, mend } = await announced(6 * 60 * MINUTE_MS);
    await scenario.world.advance(20 * MINUTE_MS);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
    expect(scenario.outcomes('node-retire')).toEqual(['running']);
    expect([stored(scenario, 'claims/').size, pages(scenario)]).toEqual([0, []]);
    expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toEqual([]);
    await mend();
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    await scenario.comesToRest();
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is told to a person when no other has turned healthy and it comes near', async () => {
    const { scenario, leaver } = await announced(60 * MINUTE_MS);
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(scenario.outcomes('node-drain').length).toBeGreaterThan(2);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    await scenario.world.advance(5_000);
    expect(pages(scenario).map(({ message }) => message)).toEqual([expect.stringContaining('last healthy target')]);
  });
});

describe('a retirement', { timeout }, () => {
  it('names its drain after itself, so that a start whose answer was lost starts no second one', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: false });
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await isOver(scenario, 'node-retire');
    const [[retirement], drains] = (['node-retire', 'node-drain'] as const).map((workflow) =>
      scenario.deployment.executions(workflow).map(({ name }) => name),
    ) as [string[], string[]];
    expect(drains[0]).toBe(`${retirement}-1`);
  });

  it('that failed has load balancers compared, as one that went well has', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 0 } } });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(trace(scenario, 0, 'node-retire')).toContain('StartLoadBalancerSync');
    expect(scenario.deployment.executions('load-balancer-sync')).toHaveLength(1);
  });
});

describe('an instance that somebody', { timeout }, () => {
  it('terminates leaves no Node, no targets and no call for help', async () => {
    const { scenario, leaver, workers } = await rehearseFleet({ controllers: { cloudNodes: false } as object });
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [leaver.instanceId] });
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect(new Set(scenario.targets())).toEqual(new Set([workers[1]?.instanceId]));
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('stops lets its volumes go at once, since EC2 says that it is off, and keeps no taint', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const { seed } = scenario.cluster.kubernetes;
    seed.statefulSet({
      name: 'db',
      replicas: 1,
      spec: { nodeSelector: { 'kubernetes.io/hostname': leaver.nodeName } },
    });
    const runs = () => podsOn(scenario, leaver).includes('db-0');
    await scenario.world.until('the database runs', runs, 60_000);
    await scenario.world.advance(20_000);
    const group = scenario.cluster.workersGroup;
    const input = { AutoScalingGroupName: group, ScalingProcesses: ['HealthCheck', 'ReplaceUnhealthy', 'Terminate'] };
    await scenario.operate('autoscaling', 'SuspendProcesses', input);
    await scenario.operate('ec2', 'StopInstances', { InstanceIds: [leaver.instanceId] });
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED']);
    const states = scenario.events('StateEntered').map(({ details }) => String(details.state));
    expect(states).toContain('TaintOutOfService');
    expect(conditionOfNode(scenario, leaver)).toBe('NotReady');
    expect(scenario.cluster.kubernetes.store.list('volumeattachments.storage.k8s.io')).toEqual([]);
    expect(pages(scenario)).toEqual([]);
  });

  it('has cut off keeps its volumes: a node that is merely silent is never tainted', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { graceCapSeconds: 60 } } });
    scenario.cluster.kubernetes.seed.statefulSet({ name: 'db', replicas: 1 });
    await scenario.world.advance(30_000);
    scenario.cloud.fleet.instances.impair(leaver.instanceId);
    await scenario.world.until('it is silent', () => conditionOfNode(scenario, leaver).startsWith('NotReady'), 600_000);
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await isOver(scenario, 'node-drain');
    const states = scenario.events('StateEntered').map(({ details }) => String(details.state));
    expect(states).not.toContain('TaintOutOfService');
  });
});
