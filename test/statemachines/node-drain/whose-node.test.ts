import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const tagOf = ({ cluster }: FaultScenario) => ({
  Key: 'tender:cluster',
  ResourceId: cluster.workersGroup,
  ResourceType: 'auto-scaling-group',
});

async function nowOfOther(scenario: FaultScenario): Promise<void> {
  const tag = { ...tagOf(scenario), Value: 'other', PropagateAtLaunch: true };
  await scenario.operate('autoscaling', 'CreateOrUpdateTags', { Tags: [tag] });
}

/** Why a drain by hand of one node of two is refused, which is left as it was. */
async function refusal(
  before: (scenario: FaultScenario, nodeName: string) => Promise<void> | void,
  by: 'instanceId' | 'nodeName' = 'instanceId',
): Promise<string> {
  const { scenario, leaver } = await rehearseFleet();
  const { instanceId, nodeName } = leaver;
  await before(scenario, nodeName);
  const asItWas = conditionOfNode(scenario, leaver);
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', [by]: leaver[by] });
  await isOver(scenario, 'node-drain');
  expect(scenario.targets().filter((id) => id === instanceId)).toHaveLength(2);
  expect(conditionOfNode(scenario, leaver)).toBe(asItWas);
  expect(scenario.leftovers()).toEqual([]);
  expect(scenario.cause('node-drain')).toContain('Nothing was touched');
  return scenario.cause('node-drain');
}

describe('a drain by hand', { timeout: 120_000 }, () => {
  it.each(['instanceId', 'nodeName'] as const)(
    'leaves a node of another cluster’s group behind its load balancers, and says whose it is (by %s)',
    async (by) => {
      const why = await refusal(nowOfOther, by);
      expect(why).toContain('is not in an Auto Scaling group of cluster demo');
      expect(why).toContain('has tender:cluster=other, so it is cluster other');
    },
  );

  it('leaves a node of a group that no cluster’s tag is on', async () => {
    const why = await refusal(async (scenario) => {
      await scenario.operate('autoscaling', 'DeleteTags', { Tags: [tagOf(scenario)] });
    });
    expect(why).toContain('has tender:cluster=(none)');
  });

  it('leaves an instance that has no Node in this cluster', async () => {
    const why = await refusal(({ cluster }, nodeName) => {
      cluster.kubernetes.store.remove('nodes', nodeName);
    });
    expect(why).toContain('NodeNotFound: Cluster demo has no Node of instance i-');
  });
});
