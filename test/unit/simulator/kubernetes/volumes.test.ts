import { describe, expect, it } from 'vitest';
import type { ClusterNode, Pod, Taint } from '../../../../simulator/kubernetes/api/objects.ts';
import { ATTACHMENTS, type VolumeAttachment } from '../../../../simulator/kubernetes/api/volumes.ts';
import { testCluster } from './test-cluster.ts';

const database = '/api/v1/namespaces/default/pods/db-0';
const outOfService: Taint = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' };

/** Two nodes and a StatefulSet of one pod with a volume; its pod runs on the first that was Ready. */
async function withDatabase(seed?: string) {
  const context = testCluster({ ...(seed !== undefined && { seed }) });
  const { cluster, world } = context;
  const kubelets = { 'node-a': cluster.seed.hollowNode('node-a'), 'node-b': cluster.seed.hollowNode('node-b') };
  await world.until('both are Ready', () => cluster.seed.readyNodes().length === 2, 60_000);
  cluster.seed.statefulSet({ name: 'db', replicas: 1 });
  const pod = () => cluster.store.find<Pod>('pods', 'db-0', 'default');
  const running = () => pod()?.status?.phase === 'Running';
  await world.until('the database runs', running, 60_000);
  const home = pod()?.spec.nodeName as 'node-a' | 'node-b';
  const attachments = () => cluster.store.list<VolumeAttachment>(ATTACHMENTS);
  const attachedTo = () => attachments().map(({ spec }) => spec.nodeName);
  const other = home === 'node-a' ? 'node-b' : 'node-a';
  const taint = (...taints: Taint[]) =>
    cluster.store.change<ClusterNode>('nodes', home, undefined, (node) => {
      node.spec.taints = [...(node.spec.taints ?? []), ...taints];
    });
  return { ...context, pod, running, home, other, kubelets, attachments, attachedTo, taint };
}

const second = 1_000;

describe('volumes of a simulated cluster', () => {
  it('are made for a claim, attached before the pod runs, and told in the status of its node', async () => {
    const { cluster, home, attachments, pod } = await withDatabase();
    const [attachment] = attachments();
    expect(attachment).toMatchObject({
      spec: { attacher: 'ebs.csi.aws.com', nodeName: home },
      status: { attached: true },
      metadata: {
        name: expect.stringMatching(/^csi-[0-9a-f]{64}$/),
        finalizers: ['external-attacher/ebs-csi-aws-com'],
      },
    });
    expect(pod()?.spec.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }]);
    const { status } = cluster.store.get<ClusterNode>('nodes', home);
    expect(status?.volumesInUse).toHaveLength(1);
    expect(status?.volumesAttached?.map(({ name }) => name)).toEqual(status?.volumesInUse);
  });

  it('move with their pod: detached some seconds after it is gone, attached elsewhere only then', async () => {
    const { admin, cluster, world, home, other, pod, running, attachedTo } = await withDatabase();
    await admin.patch(`/api/v1/nodes/${home}`, { spec: { unschedulable: true } });
    const before = pod()?.metadata.uid;
    await admin.delete(database);
    await world.until('the old pod is gone', () => pod()?.metadata.uid !== before, 40 * second);
    expect(attachedTo()).toEqual([home]);
    await world.advance(1_500);
    expect(pod()?.spec.nodeName).toBe(other);
    expect(attachedTo()).toEqual([home]);
    await world.until('the database runs elsewhere', running, 60 * second);
    expect(attachedTo()).toEqual([other]);
    expect(cluster.store.get<ClusterNode>('nodes', home).status?.volumesInUse ?? []).toEqual([]);
  });

  it('stay for six minutes where a kubelet fell silent, although the pod was deleted by force', async () => {
    const { admin, world, home, other, kubelets, running, attachedTo } = await withDatabase();
    kubelets[home].stop();
    await world.advance(60 * second);
    await admin.delete(database, { gracePeriodSeconds: 0 });
    await world.advance(350 * second);
    expect(attachedTo()).toEqual([home]);
    expect(running()).toBe(false);
    await world.advance(60 * second);
    expect(attachedTo()).toEqual([other]);
    expect(running()).toBe(true);
  });

  it('leave a silent node at once when it is declared out of service, and its pods are collected', async () => {
    const { world, home, other, kubelets, running, attachedTo, taint } = await withDatabase();
    kubelets[home].stop();
    await world.advance(60 * second);
    taint(outOfService);
    await world.advance(60 * second);
    expect(attachedTo()).toEqual([other]);
    expect(running()).toBe(true);
  });

  it('leave a deleted node only after six minutes: a Node is deleted last', async () => {
    const { admin, world, home, kubelets, attachedTo } = await withDatabase();
    kubelets[home].stop();
    await admin.delete(`/api/v1/nodes/${home}`);
    await world.advance(300 * second);
    expect(attachedTo()).toEqual([home]);
    await world.advance(240 * second);
    expect(attachedTo()).not.toContain(home);
  });

  it('have the same history for the same seed', async () => {
    const histories = await Promise.all(
      [1, 2].map(async () => {
        const { admin, world } = await withDatabase('volumes');
        await admin.delete(database);
        await world.advance(120 * second);
        return world.history.toText();
      }),
    );
    expect(histories[0]).toBe(histories[1]);
  });
});

describe('pod garbage of a simulated cluster', () => {
  it('is not collected on a node that is out of service but Ready', async () => {
    const { admin, world, taint, pod } = await withDatabase();
    await admin.patch(database, { metadata: { finalizers: ['example.com/hold'] } });
    taint(outOfService);
    await world.advance(90 * second);
    // Evicted by the taint, ended, and held by its finalizer.
    expect(pod()).toMatchObject({ metadata: { deletionGracePeriodSeconds: 0 }, status: { phase: 'Succeeded' } });
  });
});
