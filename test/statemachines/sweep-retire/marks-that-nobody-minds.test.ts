import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { rehearseUpdate } from '../../support/scenarios/reboots.ts';

const timeout = 240_000;
const watched = { schedules: true, healthMinutes: 5 };

it('a node that was drained by hand, deleted, and has joined anew is behind its load balancers again', {
  timeout,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 4, replaced: true, ...watched });
  const { instanceId, nodeName } = leaver;
  const places = () => scenario.targets().filter((id) => id === instanceId).length;
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName });
  await isOver(scenario, 'node-drain');
  expect(places()).toBe(0);
  // kubectl delete node, and its kubelet registers it anew: no cordon, no marks of Tender.
  scenario.cluster.kubernetes.store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
    node.spec.unschedulable = false;
    for (const key of ['tender.sh/owner', 'tender.sh/marks']) delete node.metadata.annotations?.[key];
    delete node.metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers'];
  });
  await scenario.world.advance(20 * 60_000);

  expect(places()).toBe(2);
  expect(scenario.outcomes('sweep-retire')).toEqual(['SUCCEEDED']);
});

it('a node that a restored etcd shows as emptied by an update that has long succeeded serves again', {
  timeout,
}, async () => {
  const { scenario, old } = await rehearseUpdate({ workers: 3, ...watched });
  scenario.startByHand('NodeUpdateMachine', { cluster: 'demo', nodeName: old.nodeName, way: 'reboot' });
  await scenario.untilState('EvictPods', 1, 'node-drain');
  await scenario.world.advance(5_000);
  const { store } = scenario.cluster.kubernetes;
  const { metadata, spec } = structuredClone(store.get<ClusterNode>('nodes', old.nodeName));
  await isOver(scenario, 'node-update');
  expect(scenario.outcomes('node-update')).toEqual(['SUCCEEDED']);
  store.change<ClusterNode>('nodes', old.nodeName, undefined, (node) => {
    node.metadata.annotations = { ...node.metadata.annotations, ...metadata.annotations };
    node.metadata.labels = { ...node.metadata.labels, ...metadata.labels };
    node.spec.unschedulable = spec.unschedulable === true;
  });
  expect(conditionOfNode(scenario, old)).not.toBe('Ready');
  await scenario.world.advance(20 * 60_000);

  expect(conditionOfNode(scenario, old)).toBe('Ready');
  expect(metadata.annotations?.['tender.sh/owner']).toBeDefined();
  expect(Object.keys(store.get<ClusterNode>('nodes', old.nodeName).metadata.annotations ?? {})).not.toContain(
    'tender.sh/owner',
  );
});
