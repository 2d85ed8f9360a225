import { describe, expect, it } from 'vitest';
import {
  type ClusterNode,
  conditionOf,
  type Pod,
  type PodDisruptionBudget,
} from '../../../../simulator/kubernetes/api/objects.ts';
import { KUBEADM_TOKEN_GROUP } from '../../../../simulator/kubernetes/auth/bootstrap-policy.ts';
import { controlPlaneNode, selfBootstrappedNode } from '../../../../simulator/kubernetes/node/certified-node.ts';
import { kubeadmNode } from '../../../../simulator/kubernetes/node/kubeadm-node.ts';
import { IGNORES_SIGTERM, NEVER_READY } from '../../../../simulator/kubernetes/node/pod-runner.ts';
import { joinConfiguration, pod, TestMachine, testCluster } from './test-cluster.ts';

function nodesOf(cluster: ReturnType<typeof testCluster>['cluster']): ClusterNode[] {
  return cluster.store.list<ClusterNode>('nodes');
}

async function joinMany(count: number): Promise<ReturnType<typeof testCluster>> {
  const context = testCluster();
  const { cluster, world } = context;
  cluster.seed.kubeadm();
  cluster.seed.networkPlugin();
  const token = cluster.seed.bootstrapToken({
    id: 'abcdef',
    secret: '0123456789abcdef',
    groups: [KUBEADM_TOKEN_GROUP],
  });
  const program = kubeadmNode({ heartbeatsOf: () => cluster.heartbeats });
  for (let number = 1; number <= count; number += 1) {
    const machine = new TestMachine(cluster, number);
    machine.parameters.set(`/tender/join/${machine.instanceId}`, joinConfiguration(cluster, token));
    program.start(machine);
  }
  await world.until('all are Ready', () => cluster.seed.readyNodes().length === count, 300_000);
  return context;
}

describe('a simulated cluster', () => {
  it('has the same history for the same seed, to the byte, although its keys differ', async () => {
    const first = await joinMany(6);
    const second = await joinMany(6);
    expect(second.world.history.toText()).toBe(first.world.history.toText());
    expect(second.cluster.caCertHash).not.toBe(first.cluster.caCertHash);
  });

  it('lets 150 machines join at once and keeps them Ready for an hour, in little real time', async () => {
    const { cluster, world } = await joinMany(150);
    const before = process.cpuUsage();
    await world.advance(3_600_000);
    // What others do on this machine does not count: two seconds where it is fast.
    const { user, system } = process.cpuUsage(before);
    expect(cluster.seed.readyNodes()).toHaveLength(150);
    expect((user + system) / 1e6).toBeLessThan(20);
  }, 180_000);

  it('loses nobody when its API server is away for five minutes', async () => {
    const { cluster, world } = testCluster();
    cluster.seed.hollowNode('node-a');
    await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 60_000);
    cluster.down('refused');
    await world.advance(300_000);
    cluster.up();
    await world.advance(60_000);
    expect(cluster.seed.readyNodes()).toEqual(['node-a']);
    expect(world.history.entries.filter(({ event }) => event === 'NodeNotReady')).toEqual([]);
  });

  it('is asked again by kubelets that it gave no answer: they end what is deleted then', async () => {
    const { cluster, world, admin } = testCluster();
    cluster.seed.hollowNode('node-a');
    cluster.seed.deployment({ name: 'web', replicas: 1 });
    await world.advance(60_000);
    const [pod] = cluster.store.list<Pod>('pods', 'default');
    cluster.down('silent');
    await world.advance(10_000);
    cluster.up();
    await world.advance(60_000);
    await admin.delete(`/api/v1/namespaces/default/pods/${pod?.metadata.name}`);
    await world.advance(60_000);
    const left = cluster.store.list<Pod>('pods', 'default').map(({ metadata }) => metadata.name);
    expect(left).not.toContain(pod?.metadata.name);
    expect(left).toHaveLength(1);
  });

  it('refuses connections while it is down, and watches break', async () => {
    const { cluster, admin } = testCluster();
    const response = await admin.raw('GET', '/api/v1/nodes?watch=true');
    cluster.down('refused');
    await expect(admin.get('/version')).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNREFUSED' });
    const read = async () => {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) expect(chunk).toBeDefined();
    };
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(cluster.openWatches).toBe(0);
  });

  it('moves pods away from a node that fell silent after their tolerated five minutes', async () => {
    const { cluster, world } = testCluster();
    const sick = cluster.seed.hollowNode('node-a');
    await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 60_000);
    cluster.seed.deployment({ name: 'web', replicas: 1 });
    await world.advance(30_000);
    cluster.seed.hollowNode('node-b');
    sick.stop();
    await world.advance(360_000);
    const placed = cluster.store
      .list<Pod>('pods', 'default')
      .map(({ spec, metadata }) => [spec.nodeName, Boolean(metadata.deletionTimestamp)]);
    expect(placed).toContainEqual(['node-b', false]);
    expect(placed).toContainEqual(['node-a', true]);
  });

  it('lets a pod that ignores SIGTERM go only at the end of its grace', async () => {
    const { cluster, world, admin } = testCluster();
    cluster.seed.hollowNode('node-a');
    await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 60_000);
    await admin.post(
      '/api/v1/namespaces/default/pods',
      pod('stubborn', { annotations: { [IGNORES_SIGTERM]: 'true' } }),
    );
    await world.advance(20_000);
    await admin.delete('/api/v1/namespaces/default/pods/stubborn');
    await world.advance(29_000);
    expect(cluster.store.find('pods', 'stubborn', 'default')).toBeDefined();
    await world.advance(2_000);
    expect(cluster.store.find('pods', 'stubborn', 'default')).toBeUndefined();
  });

  it('counts a pod that is never ready as no help to its budget', async () => {
    const { cluster, world } = testCluster();
    cluster.seed.hollowNode('node-a');
    cluster.seed.deployment({ name: 'sick', replicas: 2, minAvailable: 1, annotations: { [NEVER_READY]: 'true' } });
    await world.advance(60_000);
    const budget = cluster.store.find<PodDisruptionBudget>('poddisruptionbudgets.policy', 'sick', 'default');
    expect(budget?.status).toMatchObject({
      currentHealthy: 0,
      desiredHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 0,
    });
  });

  it('deletes the Node of an instance that is gone', async () => {
    const gone = new Set<string>();
    const { cluster, world } = testCluster({ controllers: { instanceExists: (id) => !gone.has(id) } });
    const kubelet = cluster.seed.hollowNode('node-a', { providerId: 'aws:///us-east-1a/i-1' });
    await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 60_000);
    gone.add('aws:///us-east-1a/i-1');
    kubelet.stop();
    await world.advance(120_000);
    expect(nodesOf(cluster)).toEqual([]);
  });

  it('takes a manifest of several documents, also twice, and refuses what it does not serve', async () => {
    const { cluster, admin } = testCluster();
    const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: tender }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: tender }
rules: [{ apiGroups: [""], resources: [nodes], verbs: [get] }]
`;
    cluster.seed.manifest(manifest);
    cluster.seed.manifest(manifest);
    const role = await admin.get('/apis/rbac.authorization.k8s.io/v1/clusterroles/tender');
    expect(role.body.rules[0].resources).toEqual(['nodes']);
    expect(() => cluster.seed.manifest('{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}')).toThrow(
      'not served',
    );
  });

  it('forgets events an hour after they were last written', async () => {
    const { cluster, world } = testCluster();
    cluster.seed.hollowNode('node-a');
    await world.advance(60_000);
    expect(cluster.store.count('events')).toBeGreaterThan(0);
    await world.advance(3_600_000);
    expect(cluster.store.count('events')).toBe(0);
  });

  it('has control-plane nodes that were always there, tainted, labelled, answering', async () => {
    const { cluster, world } = testCluster();
    const machine = new TestMachine(cluster, 9);
    controlPlaneNode(cluster).start(machine);
    await world.advance(30_000);
    const [node] = nodesOf(cluster);
    expect(node && conditionOf(node, 'Ready')?.status).toBe('True');
    expect(node?.metadata.labels).toHaveProperty(['node-role.kubernetes.io/control-plane'], '');
    expect(node?.spec.taints).toEqual([{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]);
    expect(machine.answers(6443)).toBe(true);
  });

  it('approves serving requests itself where the cluster does, as on EKS', async () => {
    const { cluster, world } = testCluster({ controllers: { approvesServing: true } });
    selfBootstrappedNode(cluster).start(new TestMachine(cluster, 9));
    await world.advance(60_000);
    expect(world.history.entries.map(({ event }) => event)).toContain('CertificateIssued');
  });

  it('takes a node back soon after its network is, and its pods with it', async () => {
    const { cluster, world } = testCluster();
    const machine = new TestMachine(cluster, 9);
    selfBootstrappedNode(cluster).start(machine);
    cluster.seed.deployment({ name: 'web', replicas: 1 });
    await world.advance(60_000);
    const readyPods = () =>
      cluster.store.list<Pod>('pods').filter((each) => conditionOf(each, 'Ready')?.status === 'True').length;
    expect([cluster.seed.readyNodes().length, readyPods()]).toEqual([1, 1]);
    machine.connected = false;
    await world.advance(90_000);
    expect([cluster.seed.readyNodes().length, readyPods()]).toEqual([0, 0]);
    machine.connected = true;
    await world.advance(15_000);
    expect([cluster.seed.readyNodes().length, readyPods()]).toEqual([1, 1]);
  });

  it('keeps a machine that stops from doing anything more', async () => {
    const { cluster, world } = testCluster();
    const running = selfBootstrappedNode(cluster).start(new TestMachine(cluster, 9));
    await world.advance(60_000);
    running.stop();
    await world.advance(120_000);
    expect(cluster.seed.readyNodes()).toEqual([]);
    expect(cluster.openWatches).toBe(0);
  });

  it('takes a machine that reboots back with the credentials on its disk', async () => {
    const { cluster, world } = testCluster();
    cluster.seed.kubeadm();
    const token = cluster.seed.bootstrapToken({
      id: 'abcdef',
      secret: '0123456789abcdef',
      groups: [KUBEADM_TOKEN_GROUP],
    });
    const machine = new TestMachine(cluster, 7);
    machine.parameters.set(`/tender/join/${machine.instanceId}`, joinConfiguration(cluster, token));
    const program = kubeadmNode({ network: 'built-in', heartbeatsOf: () => cluster.heartbeats });
    const running = program.start(machine);
    await world.until('it is Ready', () => cluster.seed.readyNodes().length === 1, 120_000);
    expect([...machine.files.values()].join('\n')).not.toContain(token);

    running.stop();
    machine.parameters.clear();
    machine.bootId = 'after-the-reboot';
    program.start(machine);
    await world.advance(60_000);
    expect(nodesOf(cluster)[0]?.status?.nodeInfo?.bootID).toBe('after-the-reboot');
    expect(cluster.seed.readyNodes()).toHaveLength(1);
  });
});
