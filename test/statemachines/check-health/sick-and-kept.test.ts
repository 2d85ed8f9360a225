import { expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';

it.each(['a rebalance recommendation has cordoned', 'a person keeps drained'] as const)(
  'of a node that %s and that falls silent a person is told once, and it stays as it was left',
  { timeout: 240_000 },
  async (kept) => {
    const entry = { retire: { rebalance: 'cordon' } };
    const { scenario, leaver } = await rehearseFleet({
      spot: true,
      workers: 4,
      schedules: true,
      healthMinutes: 5,
      entry,
    });
    const { instanceId, nodeName } = leaver;
    const isByHand = kept === 'a person keeps drained';
    if (isByHand) scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName });
    else scenario.cloud.fleet.instances.recommendRebalance(instanceId);
    await isOver(scenario, isByHand ? 'node-drain' : 'node-retire');
    const healthChecks = { AutoScalingGroupName: scenario.cluster.workersGroup, ScalingProcesses: ['HealthCheck'] };
    await scenario.operate('autoscaling', 'SuspendProcesses', healthChecks);
    scenario.cloud.fleet.instances.hang(instanceId);
    await scenario.world.advance(40 * 60_000);
    expect(pages(scenario).map(({ message }) => message)).toEqual([
      expect.stringContaining(`tender node put-back ${nodeName}, and it is repaired`),
    ]);
    expect(conditionOfNode(scenario, leaver)).toMatch(/^NotReady, cordoned.*owned$/);
    expect(scenario.outcomes('node-repair')).toEqual([]);
  },
);
