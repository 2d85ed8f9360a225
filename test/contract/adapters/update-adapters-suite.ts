import { expect, it } from 'vitest';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { kubernetesUpdatingNodes } from '../../../src/kubernetes/updating-nodes.ts';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { eventually } from '../../support/kubernetes/eventually.ts';
import { administrator } from '../../support/kubernetes/identities.ts';

const instanceId = 'i-0bbbbbbbbbbbbbbbb';

interface NodeObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
}

/** What updates read and write of Kubernetes, on one API server. */
export function describeUpdateAdapters(target: () => ContractTarget, connection: () => KubernetesConnection): void {
  const nodes = () => kubernetesUpdatingNodes(connection());
  const create = (path: string, body: object) => target().send(administrator, 'POST', path, body);
  const seen = async () => {
    const all = await nodes().list();
    return all === 'unknown' ? all : all.find((one) => one.instanceId === instanceId);
  };
  const stored = async () => (await target().send(administrator, 'GET', '/api/v1/nodes/old')).body as NodeObject;

  it('marks a node as outdated and as not to be scaled down, keeps what others wrote, and takes only its own off again', async () => {
    await create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'old', annotations: { theirs: 'yes', 'tender.sh/owner': 'a drain' } },
      spec: {
        providerID: `aws:///us-east-1a/${instanceId}`,
        taints: [{ key: 'theirs', value: 'x', effect: 'PreferNoSchedule' }],
      },
    });
    const unmarked = { outdated: false, held: false, heldByUs: false };
    expect(await seen()).toMatchObject({ name: 'old', ready: false, ...unmarked, owner: 'a drain' });

    await nodes().mark('old', { outdated: true, held: true }, 'an execution');
    await nodes().mark('old', { outdated: true, held: true }, 'an execution');
    expect(await seen()).toMatchObject({ outdated: true, held: true, heldByUs: true });
    const keys = ({ spec }: NodeObject) => spec?.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? [];
    expect(keys(await stored())).toEqual(
      expect.arrayContaining(['theirs:PreferNoSchedule', 'tender.sh/outdated:PreferNoSchedule']),
    );

    await nodes().mark('old', { outdated: false, held: false }, 'an execution');
    const after = await stored();
    expect([
      keys(after).includes('tender.sh/outdated:PreferNoSchedule'),
      keys(after).includes('theirs:PreferNoSchedule'),
    ]).toEqual([false, true]);
    expect(after.metadata.annotations).toMatchObject({ theirs: 'yes' });
    expect(Object.keys(after.metadata.annotations ?? {}).filter((key) => key.includes('scale-down'))).toEqual([]);
    // Others write to it as well, and who comes second looks again.
    const together = ['a', 'b', 'c', 'd'].map((one) => nodes().mark('old', { outdated: true, held: true }, one));
    await Promise.all([...together, nodes().mark('old', { outdated: false, held: false }, 'an execution')]);
    // One that is gone is fine.
    await nodes().mark('nobody', { outdated: true, held: true }, 'an execution');
  });

  it('counts pods that are not ready, and finds cluster-autoscaler by its labels', async () => {
    const since = new Date(Date.now() - 600_000).toISOString();
    // Others of this server may come and go meanwhile.
    const unready = async () =>
      ((await nodes().pods(since))?.unready ?? []).filter(({ pod: name }) => name === 'kube-system/autoscaler');
    const pod = (name: string, labels: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'kube-system', labels },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'one', image: 'registry.example.com/one' }] },
    });
    expect([await nodes().hasAutoscaler(), await unready()]).toEqual([false, []]);
    await create(
      '/api/v1/namespaces/kube-system/pods',
      pod('autoscaler', { 'app.kubernetes.io/name': 'aws-cluster-autoscaler' }),
    );
    // Pods are read from the API server's cache, which follows.
    const counted = await eventually(target(), async () => {
      const found = await unready();
      expect([await nodes().hasAutoscaler(), found.length]).toEqual([true, 1]);
      return found;
    });
    // No kubelet says anything about one that no node has taken.
    const { createdAt, since: notReadySince } = counted[0] ?? {};
    expect(Date.parse(createdAt ?? '')).toBeGreaterThan(target().now() - 600_000);
    expect(notReadySince).toBe(createdAt);
  });

  it('finds pods that were restarted lately, each with its node, when it last died, and the workload that it is one of', async () => {
    const now = target().now();
    const ago = (minutes: number) => `${new Date(now - minutes * 60_000).toISOString().slice(0, 19)}Z`;
    // As a mirror pod's: no controller takes such a pod for its own, or for a surplus.
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'restarts-node' } };
    const { uid } = (await create('/api/v1/nodes', node)).body.metadata as { readonly uid: string };
    const restarted = async (pod: string, minutes: number) => {
      await create('/api/v1/namespaces/default/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: pod,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'restarts-node', uid, controller: true }],
        },
        spec: {
          nodeName: 'restarts-node',
          automountServiceAccountToken: false,
          containers: [{ name: 'one', image: 'registry.example.com/one' }],
        },
      });
      const died = { exitCode: 1, startedAt: ago(minutes + 1), finishedAt: ago(minutes) };
      const about = { name: 'one', image: 'one', imageID: '', ready: true, lastState: { terminated: died } };
      const status = { phase: 'Running', containerStatuses: [{ ...about, restartCount: 3 }] };
      const path = `/api/v1/namespaces/default/pods/${pod}/status`;
      const { status: answer } = await target().send(
        administrator,
        'PATCH',
        path,
        { status },
        'application/strategic-merge-patch+json',
      );
      expect(answer).toBe(200);
    };
    await restarted('restarts-new', 2);
    await restarted('restarts-old', 20);

    const wanted = {
      pod: 'default/restarts-new',
      nodeName: 'restarts-node',
      workload: 'default/Node/restarts-node',
      revision: '',
      at: ago(2),
    };
    await eventually(target(), async () => {
      const found = (await nodes().pods(ago(60)))?.restarted.filter(({ nodeName }) => nodeName === 'restarts-node');
      expect(found?.length).toBe(2);
    });
    const found = (await nodes().pods(ago(10)))?.restarted.filter(({ nodeName }) => nodeName === 'restarts-node');
    expect(found).toEqual([wanted]);
  });

  it('names for a pod that is not ready the nodes on which others of its revision are', async () => {
    const nodeNamed = async (name: string) =>
      (await create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })).body.metadata;
    // One owner of all, that no controller acts for. It is there, or its pods would be garbage.
    const { uid } = (await nodeNamed('revised')) as { readonly uid: string };
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'revised', uid };
    const revised = async (name: string, revision: string, ready: 'True' | 'False') => {
      await nodeNamed(`on-${name}`);
      await create('/api/v1/namespaces/default/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name,
          labels: { 'controller-revision-hash': revision },
          ownerReferences: [{ ...owner, controller: true }],
        },
        spec: {
          nodeName: `on-${name}`,
          automountServiceAccountToken: false,
          containers: [{ name: 'one', image: 'registry.example.com/one' }],
        },
      });
      const condition = { type: 'Ready', status: ready, lastTransitionTime: '2026-03-01T11:00:00Z' };
      const status = { phase: 'Running', conditions: [condition] };
      const path = `/api/v1/namespaces/default/pods/${name}/status`;
      await target().send(administrator, 'PATCH', path, { status }, 'application/strategic-merge-patch+json');
    };
    await revised('revised-a', '1', 'True');
    await revised('revised-b', '1', 'False');
    await revised('revised-c', '2', 'False');

    const workload = 'default/Node/revised';
    const times = { createdAt: expect.stringMatching(/^\d{4}-.*Z$/), since: '2026-03-01T11:00:00Z' };
    const unready = (pod: string) => ({
      pod: `default/revised-${pod}`,
      nodeName: `on-revised-${pod}`,
      workload,
      ...times,
    });
    await eventually(target(), async () => {
      const found = await nodes().pods(new Date(target().now()).toISOString());
      expect(found?.unready.filter((one) => one.workload === workload)).toEqual([
        { ...unready('b'), revision: '1', readyOn: ['on-revised-a'] },
        { ...unready('c'), revision: '2', readyOn: [] },
      ]);
      expect(found?.revisions).toEqual(expect.arrayContaining(['1', '2']));
    });
  });
}
