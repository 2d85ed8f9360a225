import { beforeEach, describe, expect, it } from 'vitest';
import { conditionOfNode, type Fleet, isOver, podsOn, rehearseFleet } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { killKubelet } from '../../support/scenarios/watched.ts';

const SECOND = 1_000;

describe('a node that was silent when its pods were given up', { timeout: 120_000 }, () => {
  let fleet: Fleet;

  /** Until its targets are waited for. */
  beforeEach(async () => {
    fleet = await rehearseFleet({ entry: { drain: { whenTimeIsUp: 'capped-grace', graceCapSeconds: 120 } } });
    const { scenario, leaver } = fleet;
    const annotations = { 'simulation/ignores-sigterm': 'true' };
    const spec = { nodeName: leaver.nodeName, terminationGracePeriodSeconds: 300 };
    scenario.cluster.kubernetes.seed.pod({ name: 'slow', annotations, spec });
    await scenario.world.advance(5 * SECOND);
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    killKubelet(scenario, leaver);
    await scenario.untilState('WaitForTargets', 1, 'node-drain');
    expect(conditionOfNode(scenario, leaver)).toMatch(/^NotReady/);
    expect(podsOn(scenario, leaver)).toEqual(['slow']);
  });

  it('and is back when its targets are out is not called drained before its pods have ended', async () => {
    const { scenario, leaver } = fleet;
    scenario.cloud.fleet.instances.all.get(leaver.instanceId)?.machine.systemctl('start', 'kubelet');
    await isOver(scenario, 'node-drain');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    expect(podsOn(scenario, leaver)).toEqual([]);
  });

  it.each(['refused', 'silent'] as const)('is drained where nobody can ask about it (%s) for a minute', async (how) => {
    const { scenario } = fleet;
    scenario.cluster.kubernetes.down(how);
    await isOver(scenario, 'node-drain');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    expect(pages(scenario)).toEqual([]);
  });

  it('and stays so is looked at once', async () => {
    const { scenario } = fleet;
    const looks = scenario.deployment.executions('node-drain')[0]?.run.history.length;
    await isOver(scenario, 'node-drain');
    const states = (scenario.deployment.executions('node-drain')[0]?.run.history ?? [])
      .slice(looks)
      .flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    expect(states.filter((name) => name === 'EvictPods')).toHaveLength(1);
    expect(states.at(-1)).toBe('NodeDrained');
  });
});
