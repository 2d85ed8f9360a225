import { describe, expect, it } from 'vitest';
import type { ContractTarget, KubernetesObject } from '../../../support/kubernetes/contract-target.ts';
import { eventually } from '../../../support/kubernetes/eventually.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { administrator, kubelet, tender } from '../../../support/kubernetes/identities.ts';

const strategic = 'application/strategic-merge-patch+json';
const pods = '/api/v1/namespaces/default/pods';
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** What runs on nodes, what guards it, and the signs of life around it. */
export function describeWorkloads(target: () => ContractTarget): void {
  const send = (method: string, path: string, body?: unknown, type?: string) =>
    target().send(tender, method, path, body, type);
  const prepare = (method: string, path: string, body?: unknown, type?: string) =>
    target().send(administrator, method, path, body, type);

  async function runPod(
    name: string,
    nodeName: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<KubernetesObject> {
    const spec = {
      nodeName,
      terminationGracePeriodSeconds: 30,
      containers: [{ name: 'main', image: 'example.com/app:1' }],
    };
    const answer = await prepare('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
    expect(answer.body.message).toBeUndefined();
    const ready = {
      type: 'Ready',
      status: 'True',
      lastTransitionTime: new Date(target().now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
    await prepare('PATCH', `${pods}/${name}/status`, { status: { phase: 'Running', conditions: [ready] } }, strategic);
    return answer.body;
  }

  async function guard(name: string, app: string, minAvailable: number): Promise<void> {
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const spec = { minAvailable, selector: { matchLabels: { app } } };
    await prepare('POST', path, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec });
    await eventually(target(), async () => {
      expect((await prepare('GET', `${path}/${name}`)).body.status?.currentHealthy).toBe(1);
    });
  }

  const evict = (name: string, more: KubernetesObject = {}) =>
    send('POST', `${pods}/${name}/eviction`, {
      ...more,
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: 'default' },
    });

  describe('pods', () => {
    it('are found by the node that they run on', async () => {
      await new FakeKubelet(target(), 'pods-here').register();
      await runPod('pod-here', 'pods-here');
      const { body } = await send('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dpods-here');
      expect(body.kind).toBe('PodList');
      expect(body.items.map((pod: KubernetesObject) => pod.metadata.name)).toEqual(['pod-here']);
    });

    it('leave gracefully when they are evicted: marked first, gone when the kubelet says so', async () => {
      const fake = new FakeKubelet(target(), 'evict-node');
      await fake.register();
      await runPod('evict-me', 'evict-node');
      const evicted = await evict('evict-me');
      expect(evicted.status).toBe(201);
      expect(evicted.body).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
      const leaving = (await send('GET', `${pods}/evict-me`)).body;
      expect(leaving.metadata.deletionGracePeriodSeconds).toBe(30);
      expect(leaving.metadata.deletionTimestamp).toBeDefined();
      expect(await fake.finishDeletions()).toEqual(['evict-me']);
      expect((await send('GET', `${pods}/evict-me`)).status).toBe(404);
    });

    it('stay when their eviction is only tried', async () => {
      await new FakeKubelet(target(), 'dry-node').register();
      await runPod('dry-pod', 'dry-node');
      expect((await evict('dry-pod', { deleteOptions: { dryRun: ['All'] } })).status).toBe(201);
      expect((await send('GET', `${pods}/dry-pod`)).body.metadata.deletionTimestamp).toBeUndefined();
    });

    it('stay when another pod of the same name was meant', async () => {
      await new FakeKubelet(target(), 'uid-node').register();
      const { metadata } = await runPod('uid-pod', 'uid-node');
      const preconditions = { uid: '00000000-0000-0000-0000-000000000000' };
      expectStatus(await evict('uid-pod', { deleteOptions: { preconditions } }), {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Pod "uid-pod": the UID in the precondition (${preconditions.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
        details: { name: 'uid-pod', kind: 'Pod' },
      });
      expect((await send('GET', `${pods}/uid-pod`)).body.metadata.deletionTimestamp).toBeUndefined();
    });

    it('cannot be made in a namespace that does not exist', async () => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'lost' },
        spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
      };
      expectStatus(await prepare('POST', '/api/v1/namespaces/nowhere/pods', pod), {
        code: 404,
        reason: 'NotFound',
        message: 'namespaces "nowhere" not found',
        details: { name: 'nowhere', kind: 'namespaces' },
      });
    });

    it('answers 404 when a pod to evict is gone already', async () => {
      expectStatus(await evict('absent'), {
        code: 404,
        reason: 'NotFound',
        message: 'pods "absent" not found',
        details: { name: 'absent', kind: 'pods' },
      });
    });
  });

  describe('disruption budgets', () => {
    it('hold the last healthy pod, and say which budget it is and what it needs', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'budget-node').register();
      await runPod('budget-pod', 'budget-node', { app: 'budget' });
      await guard('budget', 'budget', 1);
      const answer = await evict('budget-pod');
      expectStatus(answer, {
        code: 429,
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget budget needs 1 healthy pods and has 1 currently',
            },
          ],
        },
      });
      expect((await send('GET', `${pods}/budget-pod`)).body.metadata.deletionTimestamp).toBeUndefined();
    });

    it('let a pod go that they can spare, and show how many disruptions they allow', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'spare-node').register();
      await runPod('spare-pod', 'spare-node', { app: 'spare' });
      await guard('spare', 'spare', 0);
      const { body } = await send('GET', '/apis/policy/v1/poddisruptionbudgets');
      const budget = body.items.find((item: KubernetesObject) => item.metadata.name === 'spare');
      expect(budget.status).toMatchObject({
        disruptionsAllowed: 1,
        currentHealthy: 1,
        desiredHealthy: 0,
        expectedPods: 1,
      });
      expect((await evict('spare-pod')).status).toBe(201);
    });

    it('refuse to decide when two of them guard one pod', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await new FakeKubelet(target(), 'twice-node').register();
      await runPod('twice-pod', 'twice-node', { app: 'twice' });
      await guard('twice-one', 'twice', 0);
      await guard('twice-two', 'twice', 0);
      // No reason and no cause: the code and the message are all that tells it from another failure.
      expectStatus(await evict('twice-pod'), {
        code: 500,
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      });
    });
  });

  describe('leases', () => {
    it('show when a kubelet was last heard of', async () => {
      const fake = new FakeKubelet(target(), 'lease-node');
      await fake.register();
      const before = (await send('GET', `${leases}/lease-node`)).body;
      expect(before.spec).toMatchObject({ holderIdentity: 'lease-node', leaseDurationSeconds: 40 });
      await target().pass(20);
      await fake.renewLease();
      const after = (await send('GET', leases)).body.items.find(
        (lease: KubernetesObject) => lease.metadata.name === 'lease-node',
      );
      expect(Date.parse(after.spec.renewTime)).toBeGreaterThan(Date.parse(before.spec.renewTime));
    });

    it('are renewed by their own node alone', async () => {
      await new FakeKubelet(target(), 'lease-own').register();
      const lease = (await send('GET', `${leases}/lease-own`)).body;
      const answer = await target().send(kubelet('lease-thief'), 'PUT', `${leases}/lease-own`, lease);
      expectStatus(answer, {
        code: 403,
        reason: 'Forbidden',
        message:
          'leases.coordination.k8s.io "lease-own" is forbidden: User "system:node:lease-thief" cannot update resource "leases" in API group "coordination.k8s.io" in the namespace "kube-node-lease": can only access node lease with the same name as the requesting node',
        details: { name: 'lease-own', group: 'coordination.k8s.io', kind: 'leases' },
      });
    });
  });

  describe('events', () => {
    const event = (name: string, count: number): KubernetesObject => {
      const at = new Date(target().now()).toISOString().replace(/\.\d+Z$/, 'Z');
      return {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace: 'default' },
        involvedObject: { kind: 'Node', name: 'event-node', uid: 'event-node', apiVersion: 'v1' },
        type: 'Normal',
        reason: 'TenderJoined',
        message: 'the node passed the join gate',
        source: { component: 'tender' },
        firstTimestamp: at,
        lastTimestamp: at,
        count,
      };
    };

    it('about a node are written to the default namespace and counted up', async () => {
      const created = await send('POST', '/api/v1/namespaces/default/events', event('event-node.1', 1));
      expect(created.status).toBe(201);
      const counted = await send(
        'PATCH',
        '/api/v1/namespaces/default/events/event-node.1',
        { count: 2 },
        'application/merge-patch+json',
      );
      expect(counted.body).toMatchObject({ count: 2, reason: 'TenderJoined' });
      const selector = encodeURIComponent('involvedObject.kind=Node,involvedObject.name=event-node');
      const found = await prepare('GET', `/api/v1/events?fieldSelector=${selector}`);
      expect(found.body.items.map((item: KubernetesObject) => item.metadata.name)).toEqual(['event-node.1']);
    });
  });

  describe('volumes and DaemonSets', () => {
    it('lists the volumes that are attached to nodes', async () => {
      const attachment = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: 'csi-1' },
        spec: { attacher: 'ebs.csi.aws.com', nodeName: 'volume-node', source: { persistentVolumeName: 'pv-1' } },
      };
      expect((await prepare('POST', '/apis/storage.k8s.io/v1/volumeattachments', attachment)).status).toBe(201);
      const { body } = await send('GET', '/apis/storage.k8s.io/v1/volumeattachments');
      expect(body.kind).toBe('VolumeAttachmentList');
      expect(body.items).toEqual([expect.objectContaining({ spec: attachment.spec })]);
    });

    it('lists the DaemonSets of all namespaces', async () => {
      const labels = { app: 'cni' };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example.com/cni:1' }] } };
      const daemonSet = {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'cni' },
        spec: { selector: { matchLabels: labels }, template },
      };
      // Removed again at once: its pods would appear on every node of the other tests.
      expect((await prepare('POST', '/apis/apps/v1/namespaces/kube-system/daemonsets', daemonSet)).status).toBe(201);
      const { body } = await send('GET', '/apis/apps/v1/daemonsets');
      await prepare('DELETE', '/apis/apps/v1/namespaces/kube-system/daemonsets/cni');
      expect(body.kind).toBe('DaemonSetList');
      expect(body.items.map((item: KubernetesObject) => `${item.metadata.namespace}/${item.metadata.name}`)).toContain(
        'kube-system/cni',
      );
    });
  });
}
