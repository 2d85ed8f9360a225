import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { lifecycleState, pages, stored } from '../../support/scenarios/scenario.ts';

describe('a node that was drained by hand and put back by hand', { timeout: 180_000 }, () => {
  it('is not retired while the only other one of its group leaves, whatever its old place in the budget says', async () => {
    const { scenario, workers, leaver } = await rehearseFleet({ replaced: true });
    const [, other = leaver] = workers;
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await isOver(scenario, 'node-drain');
    expect(conditionOfNode(scenario, leaver)).toContain('cordoned');
    expect([...stored(scenario, 'disruptions/').values()]).toMatchObject([
      { leases: [{ instanceId: leaver.instanceId }] },
    ]);
    // What `kubectl uncordon` does.
    const { store } = scenario.cluster.kubernetes;
    const node = store.get<ClusterNode>('nodes', leaver.nodeName);
    store.replace('nodes', { ...node, spec: { ...node.spec, unschedulable: false } });
    await scaleIn(scenario, other);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForTurn', 1, 'node-retire');

    expect(lifecycleState(scenario, other.instanceId)).toBe('Terminating:Wait');
    expect(conditionOfNode(scenario, leaver)).not.toContain('cordoned');
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
