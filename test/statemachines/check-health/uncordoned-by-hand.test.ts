import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseWatched, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

it('a node that a drain by hand emptied, and a person uncordons, serves again, and its place is given back', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseWatched();
  const { instanceId, nodeName } = leaver;
  const served = scenario.targets().filter((id) => id === instanceId).length;
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName, reason: 'noisy disk' });
  await isOver(scenario, 'node-drain');
  expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
  await scenario.world.advance(30 * MINUTE);
  expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');
  expect(scenario.targets()).not.toContain(instanceId);

  scenario.cluster.kubernetes.store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
    delete node.spec.unschedulable;
  });
  await scenario.world.advance(5 * MINUTE);
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  expect(scenario.targets().filter((id) => id === instanceId)).toHaveLength(served);
  expect(scenario.output('sweep-retire')).toMatchObject({ outcome: 'put back' });
  expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')).toMatchObject({ leases: [] });
  expect([stored(scenario, 'claims/').size, pages(scenario)]).toEqual([0, []]);
  expect(wordsAbout(scenario, leaver)).toBeUndefined();
});
