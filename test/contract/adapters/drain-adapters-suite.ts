import { describe, expect, it } from 'vitest';
import { budgetCovers } from '../../../src/drains/budget-covers.ts';
import type { DrainNode, DrainNodeChange, DrainNodes } from '../../../src/drains/ports.ts';
import { kubernetesBudgets } from '../../../src/kubernetes/budgets.ts';
import { kubernetesDrainNodes } from '../../../src/kubernetes/drain-nodes.ts';
import { kubernetesDrainPods } from '../../../src/kubernetes/drain-pods.ts';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { kubernetesVolumes } from '../../../src/kubernetes/volumes.ts';
import { NodeChanged, NodeVanished } from '../../../src/nodes/errors.ts';
import type { ContractTarget, KubernetesObject } from '../../support/kubernetes/contract-target.ts';
import { eventually } from '../../support/kubernetes/eventually.ts';
import { FakeKubelet } from '../../support/kubernetes/fake-kubelet.ts';
import { administrator } from '../../support/kubernetes/identities.ts';
import { createAll } from '../../support/kubernetes/manifests.ts';
import { budget, pod, runPod } from '../../support/kubernetes/workloads.ts';

const otherUid = '00000000-0000-0000-0000-000000000000';

/** What drains need of Kubernetes, as Tender's own identity and with the right to delete pods. */
export function describeDrainAdapters(target: () => ContractTarget, connection: () => KubernetesConnection): void {
  const nodes = () => kubernetesDrainNodes(connection());
  const pods = () => kubernetesDrainPods(connection());
  const read = async (name: string, namespace = 'default'): Promise<KubernetesObject> =>
    (await target().send(administrator, 'GET', `/api/v1/namespaces/${namespace}/pods/${name}`)).body;
  const identityOf = async (name: string) => ({
    namespace: 'default',
    name,
    uid: (await read(name)).metadata.uid as string,
  });

  describe('drains: nodes', () => {
    it('are found by their instance, whatever they are called', async () => {
      await new FakeKubelet(target(), 'i-0drain1').register();
      await new FakeKubelet(target(), 'i-0drain11').register();
      const found = await nodes().ofInstance('i-0drain1', '');
      expect(found).toMatchObject({
        name: 'i-0drain1',
        providerId: 'aws:///us-east-1a/i-0drain1',
        unschedulable: false,
      });
      expect(found?.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await nodes().ofInstance('i-0drain', '')).toBeUndefined();
    });

    it('without a provider id are found by their address, and never another’s that has one', async () => {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'unprovided' } };
      await target().send(administrator, 'POST', '/api/v1/nodes', node);
      const status = { addresses: [{ type: 'InternalIP', address: '10.9.9.9' }] };
      const path = '/api/v1/nodes/unprovided/status';
      const patched = await target().send(administrator, 'PATCH', path, { status }, 'application/merge-patch+json');
      expect(patched.status).toBe(200);
      expect(await nodes().ofInstance('i-0unprovided', '10.9.9.9')).toMatchObject({ name: 'unprovided' });
      expect(await nodes().ofInstance('i-0unprovided', '')).toBeUndefined();
      expect(await nodes().ofInstance('i-0drain1', '10.9.9.9')).toMatchObject({ name: 'i-0drain1' });
    });

    it('tell whether they are ready, and since when', async () => {
      const fake = new FakeKubelet(target(), 'ready-since');
      await fake.register();
      expect(await nodes().get('ready-since')).toMatchObject({ ready: 'Unknown' });
      const { status } = await fake.reportReady();
      const { lastTransitionTime } = status.conditions.find(({ type }: KubernetesObject) => type === 'Ready');
      const seen = await nodes().get('ready-since');
      expect(seen?.ready).toBe('True');
      expect(Date.parse(seen?.readySince ?? '')).toBe(Date.parse(lastTransitionTime));
      expect(await nodes().get('nobody')).toBeUndefined();
    });

    it('are cordoned, marked and tainted in one write, and not when somebody wrote them meanwhile', async () => {
      await new FakeKubelet(target(), 'cordoned').register();
      const taint = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' } as const;
      const change = { unschedulable: true, labels: { ours: '' }, annotations: { owner: 'me' } };
      const before = await changedAsRead(nodes(), 'cordoned', ({ taints }) => ({
        ...change,
        taints: [...taints, taint],
      }));
      const after = await nodes().get('cordoned');
      if (!after) throw new Error('the node is not there');
      expect(after).toMatchObject({ unschedulable: true, labels: { ours: '' }, annotations: { owner: 'me' } });
      expect(after.taints).toContainEqual(taint);
      await expect(nodes().change(before, { unschedulable: false })).rejects.toBeInstanceOf(NodeChanged);
      await changedAsRead(nodes(), 'cordoned', () => ({ unschedulable: false, labels: { ours: null } }));
      const undone = await nodes().get('cordoned');
      expect(undone).toMatchObject({ unschedulable: false, annotations: { owner: 'me' } });
      expect(undone?.labels).not.toHaveProperty('ours');
    });

    it('are deleted under their uid only', async () => {
      await new FakeKubelet(target(), 'deleted').register();
      const node = await nodes().get('deleted');
      if (!node) throw new Error('the node is not there');
      await nodes().delete('deleted', otherUid);
      expect(await nodes().get('deleted')).toMatchObject({ uid: node.uid });
      await nodes().delete('deleted', node.uid);
      await nodes().delete('deleted', node.uid);
      expect(await nodes().get('deleted')).toBeUndefined();
      await expect(nodes().change(node, { unschedulable: true })).rejects.toBeInstanceOf(NodeVanished);
    });
  });

  describe('drains: pods', () => {
    it('are seen with all that decides whether and how they go', async () => {
      const nodeName = 'drain-pods-seen';
      const { uid } = (await new FakeKubelet(target(), nodeName).register()).metadata;
      // The garbage collector takes away what an owner has left that is not there; and no other controller acts for this one.
      const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid, controller: true };
      const volumes = [
        { name: 'scratch', emptyDir: {} },
        { name: 'data', persistentVolumeClaim: { claimName: 'data-web' } },
        { name: 'cache', ephemeral: { volumeClaimTemplate: { spec: claimSpec } } },
      ];
      const web = pod('seen-web', nodeName, { app: 'web' }, { volumes, hostNetwork: true });
      web.metadata.finalizers = ['example.com/hold'];
      web.metadata.ownerReferences = [owner];
      await runPod(target(), web);
      const mirror = pod('seen-mirror', nodeName);
      mirror.metadata.annotations = { 'kubernetes.io/config.mirror': 'hash' };
      await runPod(target(), mirror);
      const [first, second] = [...(await pods().onNode(nodeName))].sort((a, b) => a.name.localeCompare(b.name));
      expect(first).toMatchObject({
        name: 'seen-mirror',
        mirror: true,
        ownerKind: '',
        claims: [],
        usesEmptyDir: false,
      });
      expect(second).toMatchObject({
        namespace: 'default',
        phase: 'Running',
        ready: true,
        labels: { app: 'web' },
        ownerKind: 'Node',
        ownerName: nodeName,
        mirror: false,
        gracePeriodSeconds: 30,
        usesEmptyDir: true,
        claims: ['data-web', 'seen-web-cache'],
        finalizers: ['example.com/hold'],
        hostNetwork: true,
      });
      expect(second).not.toHaveProperty('deletionTimestamp');
      expect(Date.parse(second?.createdAt ?? '')).toBeGreaterThan(0);
    });

    it('are evicted once, are leaving then, and are gone for whoever comes later', async () => {
      const fake = new FakeKubelet(target(), 'drain-evict');
      await fake.register();
      await runPod(target(), pod('drain-evicted', 'drain-evict'));
      const identity = await identityOf('drain-evicted');
      expect(await pods().evict({ ...identity, uid: otherUid })).toEqual({ kind: 'gone' });
      expect(await pods().evict(identity)).toEqual({ kind: 'evicted' });
      // An eviction of what is leaving already is no new one and does no harm.
      expect(await pods().evict(identity)).toEqual({ kind: 'evicted' });
      const [leaving] = await pods().onNode('drain-evict');
      expect(Date.parse(leaving?.deletionTimestamp ?? '')).toBeGreaterThan(target().now() - 5_000);
      await fake.finishDeletions();
      expect(await pods().evict(identity)).toEqual({ kind: 'gone' });
    });

    it('are held by a budget, which is named with what it needs', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'drain-held').register();
      await runPod(target(), pod('drain-held', 'drain-held', { app: 'held' }));
      await budget(target(), 'held', { minAvailable: 1, selector: { matchLabels: { app: 'held' } } });
      expect(await pods().evict(await identityOf('drain-held'))).toEqual({
        kind: 'blocked',
        budget: 'held',
        message: 'The disruption budget held needs 1 healthy pods and has 1 currently',
      });
    });

    it('are held by two budgets for ever, which is told apart', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'drain-twice').register();
      await runPod(target(), pod('drain-twice', 'drain-twice', { app: 'twice' }));
      const spec = { minAvailable: 0, selector: { matchLabels: { app: 'twice' } } };
      await budget(target(), 'twice-a', spec);
      await budget(target(), 'twice-b', spec);
      expect(await pods().evict(await identityOf('drain-twice'))).toMatchObject({
        kind: 'several-budgets',
        message: expect.stringContaining('more than one PodDisruptionBudget'),
      });
    });

    it('are refused with a reason while their namespace is being deleted', async () => {
      await new FakeKubelet(target(), 'drain-ending').register();
      await createAll(target(), [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } }]);
      const held = pod('drain-ending', 'drain-ending');
      held.metadata = { ...held.metadata, namespace: 'ending', finalizers: ['example.com/hold'] };
      await runPod(target(), held);
      const { metadata } = await read('drain-ending', 'ending');
      await target().send(administrator, 'DELETE', '/api/v1/namespaces/ending');
      const answer = await pods().evict({ namespace: 'ending', name: 'drain-ending', uid: metadata.uid });
      expect(answer).toEqual({ kind: 'refused', message: expect.stringContaining('because it is being terminated') });
    });

    it('are deleted with the grace that was asked for, under their uid only', async () => {
      const fake = new FakeKubelet(target(), 'drain-delete');
      await fake.register();
      await runPod(target(), pod('drain-deleted', 'drain-delete'));
      const identity = await identityOf('drain-deleted');
      expect(await pods().delete({ ...identity, uid: otherUid }, 5)).toBe('gone');
      expect((await read('drain-deleted')).metadata.deletionTimestamp).toBeUndefined();
      expect(await pods().delete(identity, 5)).toBe('deleted');
      expect(await pods().onNode('drain-delete')).toEqual([expect.objectContaining({ gracePeriodSeconds: 5 })]);
      expect(await pods().delete(identity, 0)).toBe('deleted');
      expect(await pods().delete(identity, 0)).toBe('gone');
    });
  });

  describe('drains: budgets', () => {
    it('come with what they allow, of the namespaces that were asked for', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      const budgets = kubernetesBudgets(connection());
      for (const name of ['budget-one', 'budget-two'])
        await createAll(target(), [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
      const expression = { key: 'tier', operator: 'In', values: ['web', 'api'] };
      const spec = {
        minAvailable: 0,
        selector: { matchLabels: { app: 'one' }, matchExpressions: [expression] },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      };
      const path = '/apis/policy/v1/namespaces/budget-one/poddisruptionbudgets';
      const created = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'one' }, spec };
      await target().send(administrator, 'POST', path, created);
      const [one] = await eventually(target(), async () => {
        const seen = await budgets.inNamespaces(['budget-one']);
        expect(seen[0]?.observedGenerationIsCurrent).toBe(true);
        return seen;
      });
      expect(one).toEqual({
        namespace: 'budget-one',
        name: 'one',
        selector: { matchLabels: { app: 'one' }, matchExpressions: [expression] },
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 0,
        observedGenerationIsCurrent: true,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      });
      expect(await budgets.inNamespaces(['budget-two', 'budget-one'])).toEqual([one]);
      expect(await budgets.inNamespaces(['budget-two'])).toEqual([]);
      expect(await budgets.inNamespaces([])).toEqual([]);
    });

    it('cover what the API server says they do', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'drain-cover').register();
      const namespaces = Object.keys(selectors).map((name) => `cover-${name}`);
      for (const namespace of namespaces) await cover(target(), namespace);
      const covering = await eventually(target(), async () => {
        const all = await kubernetesBudgets(connection()).inNamespaces(namespaces);
        expect(all.filter(({ observedGenerationIsCurrent }) => observedGenerationIsCurrent)).toHaveLength(all.length);
        expect(all).toHaveLength(namespaces.length);
        return all;
      });
      const seen = await pods().onNode('drain-cover');
      expect(seen).toHaveLength(namespaces.length * 2);
      for (const candidate of seen) {
        const expected = covering.some((each) => budgetCovers(each, candidate)) ? 'blocked' : 'evicted';
        expect([candidate.namespace, candidate.name, (await pods().evict(candidate)).kind]).toEqual([
          candidate.namespace,
          candidate.name,
          expected,
        ]);
      }
    });
  });

  describe('drains: volumes', () => {
    it('that are attached to a node are told with the claims that hold them', async () => {
      const source = (persistentVolumeName: string, nodeName: string) => ({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: `csi-${persistentVolumeName}` },
        spec: { attacher: 'ebs.csi.aws.com', nodeName, source: { persistentVolumeName } },
      });
      const claimRef = { namespace: 'default', name: 'data-web' };
      const volume = {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'pv-held' },
        spec: { ...volumeSpec, claimRef },
      };
      await createAll(target(), [
        volume,
        source('pv-held', 'volumes-here'),
        source('pv-unknown', 'volumes-here'),
        source('pv-elsewhere', 'volumes-there'),
      ]);
      expect(await kubernetesVolumes(connection()).attachedTo('volumes-here')).toEqual([
        { name: 'csi-pv-held', persistentVolume: 'pv-held', claim: 'default/data-web' },
        { name: 'csi-pv-unknown', persistentVolume: 'pv-unknown' },
      ]);
      expect(await kubernetesVolumes(connection()).attachedTo('volumes-nowhere')).toEqual([]);
    });
  });
}

/** Changes the node as it was read; reads it again, as the steps do, where a controller of the cluster wrote it in between. */
async function changedAsRead(
  nodes: DrainNodes,
  name: string,
  change: (read: DrainNode) => DrainNodeChange,
): Promise<DrainNode> {
  for (let attempt = 1; ; attempt += 1) {
    const read = await nodes.get(name);
    if (!read) throw new Error('the node is not there');
    try {
      await nodes.change(read, change(read));
      return read;
    } catch (error) {
      if (!(error instanceof NodeChanged) || attempt === 5) throw error;
    }
  }
}

const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const volumeSpec = {
  accessModes: ['ReadWriteOnce'],
  capacity: { storage: '1Gi' },
  csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-0abc' },
};

/** Every form of selector; the pods beside it are labelled `app=web, tier=front` and not at all. */
const selectors: Readonly<Record<string, KubernetesObject | undefined>> = {
  none: undefined,
  empty: {},
  labels: { matchLabels: { app: 'web' } },
  both: { matchLabels: { app: 'web', tier: 'back' } },
  in: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] },
  notin: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] },
  exists: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
  missing: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
};

/** A namespace with a labelled and a bare pod and a budget that lets none of those go which it covers. */
async function cover(target: ContractTarget, namespace: string): Promise<void> {
  const selector = selectors[namespace.replace('cover-', '')];
  await createAll(target, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'cover', namespace },
      spec: { minAvailable: 2, ...(selector && { selector }) },
    },
  ]);
  const labelled = pod('labelled', 'drain-cover', { app: 'web', tier: 'front' });
  for (const each of [labelled, pod('bare', 'drain-cover')]) {
    each.metadata.namespace = namespace;
    await runPod(target, each);
  }
}
