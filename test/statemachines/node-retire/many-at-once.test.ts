import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, scaleIn, type Worker } from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';

/** 180 nodes cost minutes of computing. */
const long = process.env.TENDER_LONG !== undefined;

describe('many nodes that leave at once', { timeout: long ? 1_800_000 : 240_000 }, () => {
  it('because their whole group is scaled to zero are each drained and let go, whatever has no place to run', async () => {
    const { scenario, workers } = await rehearseFleet({ workers: 3, application: { pods: 3 } });
    await scenario.cluster.scaleTo(0);
    await scenario.comesToRest();
    expect(hookAnswers(scenario).sort()).toEqual(workers.map(({ instanceId }) => `CONTINUE ${instanceId}`).sort());
    expect(workers.map((worker) => conditionOfNode(scenario, worker))).toEqual(['gone', 'gone', 'gone']);
    const drains = scenario.deployment.executions('node-drain').map((_, index) => scenario.output('node-drain', index));
    const drained = (id: string) =>
      drains.some(({ instanceId, outcome, evicted }) => instanceId === id && outcome === 'drained' && evicted !== 0);
    expect(workers.map(({ instanceId }) => drained(instanceId))).toEqual([true, true, true]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('are routed by what is remembered of their group, when Auto Scaling answers no more', async () => {
    const { scenario, workers } = await rehearseFleet({ workers: 4 });
    await scaleIn(scenario, workers[0] as Worker);
    await scenario.comesToRest();
    scenario.world.faults.plant(
      ({ operation, functionName = '' }) =>
        operation === 'DescribeAutoScalingGroups' && functionName.endsWith('route-signal'),
      { kind: 'throttle' },
    );
    await scenario.cluster.scaleTo(0);
    // What is throttled on and on is the news that an instance is gone, after its hook was answered.
    await isOver(scenario, 'node-retire', workers.length);
    expect(new Set(hookAnswers(scenario))).toEqual(new Set(workers.map(({ instanceId }) => `CONTINUE ${instanceId}`)));
  });

  it('are emptied by what the events of their hooks say, while Auto Scaling says nothing of instances', async () => {
    const { scenario, workers } = await rehearseFleet({ workers: 2 });
    scenario.world.faults.plant(
      ({ operation, functionName = '' }) =>
        operation === 'DescribeAutoScalingInstances' && functionName.endsWith('plan-retire'),
      { kind: 'throttle' },
    );
    await scenario.cluster.scaleTo(0);
    await isOver(scenario, 'node-retire', workers.length);
    expect(new Set(hookAnswers(scenario))).toEqual(new Set(workers.map(({ instanceId }) => `CONTINUE ${instanceId}`)));
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    await isOver(scenario, 'load-balancer-sync');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('because their zone is gone hang on no hook and are no load balancer’s any more', async () => {
    const nodes = long ? 180 : 6;
    const { scenario, workers } = await rehearseFleet({
      workers: nodes,
      application: { pods: nodes },
      cloud: { modulesPerVersion: 4 },
    });
    const { instances } = scenario.cloud.fleet;
    const lost = workers.filter(
      ({ instanceId }) => instances.all.get(instanceId)?.subnet.availabilityZone === 'us-east-1a',
    );
    expect(lost).toHaveLength(nodes / 3);
    instances.failZone('us-east-1a');
    const left = () => lost.every(({ instanceId }) => !scenario.cluster.inService().includes(instanceId));
    await scenario.world.until('Auto Scaling has noticed', left, 3_600_000);
    await scenario.comesToRest(12 * 3_600_000);
    expect(hookAnswers(scenario).filter((answer) => answer.startsWith('TIMEOUT'))).toEqual([]);
    expect(new Set(hookAnswers(scenario)).size).toBe(lost.length);
    expect(scenario.leftovers()).toEqual([]);
    expect(workers.filter((worker) => conditionOfNode(scenario, worker) === 'Ready')).toHaveLength(nodes - lost.length);
  });
});
