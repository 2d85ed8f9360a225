import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../../simulator/kubernetes/api/objects.ts';
import type { HollowNodeOptions } from '../../../../simulator/kubernetes/seed/cluster-seed.ts';
import { testCluster } from './test-cluster.ts';

async function oneNode(options: HollowNodeOptions = {}) {
  const context = testCluster();
  const { cluster, world } = context;
  const kubelet = cluster.seed.hollowNode('node-a', options);
  await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 60_000);
  const pods = () => cluster.store.podsOn<Pod>('node-a');
  return { ...context, kubelet, pods };
}

describe('a static pod', () => {
  const proxy = { staticPods: [{ name: 'proxy', labels: { app: 'proxy' } }] };
  const path = '/api/v1/namespaces/kube-system/pods/proxy-node-a';

  it('is shown by a mirror that belongs to its node, and runs', async () => {
    const { world, pods } = await oneNode(proxy);
    await world.advance(10_000);
    expect(pods()).toHaveLength(1);
    expect(pods()[0]).toMatchObject({
      metadata: {
        name: 'proxy-node-a',
        annotations: { 'kubernetes.io/config.mirror': expect.any(String), 'kubernetes.io/config.source': 'file' },
        ownerReferences: [{ kind: 'Node', name: 'node-a' }],
      },
      status: { phase: 'Running' },
    });
  });

  it('is shown again when its mirror is deleted or evicted', async () => {
    const { admin, world, pods } = await oneNode(proxy);
    await world.advance(10_000);
    const first = pods()[0]?.metadata.uid;
    await admin.delete(path);
    await world.advance(10_000);
    const second = pods()[0]?.metadata.uid;
    expect(second).not.toBe(first);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'proxy-node-a' } };
    await admin.post(`${path}/eviction`, eviction);
    await world.advance(10_000);
    expect(pods().map(({ metadata, status }) => [metadata.uid === second, status?.phase])).toEqual([
      [false, 'Running'],
    ]);
  });

  it('is not shown again by a kubelet that is dead', async () => {
    const { admin, world, kubelet, pods } = await oneNode(proxy);
    await world.advance(10_000);
    kubelet.stop();
    await admin.delete(path, { gracePeriodSeconds: 0 });
    await world.advance(10_000);
    expect(pods()).toEqual([]);
  });
});

describe('a pod with a finalizer', () => {
  it('ends, says so, and stays until the finalizer is removed', async () => {
    const { admin, cluster, world, pods } = await oneNode();
    cluster.seed.pod({ name: 'held', finalizers: ['example.com/hold'], spec: { nodeName: 'node-a' } });
    await world.advance(10_000);
    await admin.delete('/api/v1/namespaces/default/pods/held');
    await world.advance(120_000);
    expect(pods()[0]).toMatchObject({ status: { phase: 'Succeeded' }, metadata: { deletionGracePeriodSeconds: 0 } });
    await admin.patch('/api/v1/namespaces/default/pods/held', { metadata: { finalizers: [] } }, 'merge-patch');
    expect(pods()).toEqual([]);
  });
});

describe('a pod that is pinned by spec.nodeName', () => {
  it('comes back on the very node, cordoned or not', async () => {
    const { admin, cluster, world, pods } = await oneNode();
    cluster.seed.hollowNode('node-b');
    cluster.seed.deployment({ name: 'pinned', replicas: 1, spec: { nodeName: 'node-a' } });
    await world.advance(20_000);
    await admin.patch('/api/v1/nodes/node-a', { spec: { unschedulable: true } });
    const before = pods()[0]?.metadata;
    await admin.delete(`/api/v1/namespaces/default/pods/${before?.name}`);
    await world.advance(20_000);
    expect(pods().map(({ metadata, status }) => [metadata.uid === before?.uid, status?.phase])).toEqual([
      [false, 'Running'],
    ]);
  });
});
