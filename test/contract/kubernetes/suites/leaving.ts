import { describe, expect, it } from 'vitest';
import type {
  ContractTarget,
  KubernetesAnswer,
  KubernetesObject,
} from '../../../support/kubernetes/contract-target.ts';
import { eventually } from '../../../support/kubernetes/eventually.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { administrator, tender } from '../../../support/kubernetes/identities.ts';
import { createAll } from '../../../support/kubernetes/manifests.ts';
import { budget, pod, runPod } from '../../../support/kubernetes/workloads.ts';

const pods = '/api/v1/namespaces/default/pods';
const merge = 'application/merge-patch+json';
const otherUid = '00000000-0000-0000-0000-000000000000';
const attachments = '/apis/storage.k8s.io/v1/volumeattachments';
/** The pod GC looks every 20 s; a busy machine takes its time. */
const collectedWithinMs = 90_000;

/** How pods and volumes leave a node: what each step looks like from outside, and in which order. */
export function describeLeaving(target: () => ContractTarget): void {
  const admin = (method: string, path: string, body?: unknown, type?: string) =>
    target().send(administrator, method, path, body, type);
  const evict = (name: string, namespace = 'default', more: KubernetesObject = {}): Promise<KubernetesAnswer> =>
    target().send(tender, 'POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      ...more,
    });
  const remove = (name: string, options: KubernetesObject = {}) =>
    admin('DELETE', `${pods}/${name}`, { apiVersion: 'v1', kind: 'DeleteOptions', ...options });

  async function podOn(nodeName: string, object = pod(nodeName, nodeName), phase?: string): Promise<KubernetesObject> {
    await new FakeKubelet(target(), nodeName).register();
    return runPod(target(), object, phase);
  }

  describe('pods that are deleted', () => {
    it('get the grace that was asked for, never more than before, and are gone without any', async () => {
      await podOn('grace');
      const marked = await remove('grace', { gracePeriodSeconds: 5 });
      expect(marked.status).toBe(200);
      expect(marked.body).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 5 } });
      const first = marked.body.metadata.deletionTimestamp;
      expect((await remove('grace', { gracePeriodSeconds: 50 })).body.metadata).toMatchObject({
        deletionGracePeriodSeconds: 5,
        deletionTimestamp: first,
      });
      expect((await remove('grace', { gracePeriodSeconds: 2 })).body.metadata.deletionGracePeriodSeconds).toBe(2);
      expect((await remove('grace', { gracePeriodSeconds: 0 })).status).toBe(200);
      expect((await admin('GET', `${pods}/grace`)).status).toBe(404);
    });

    it('stay when another pod of the same name was meant', async () => {
      const { metadata } = await podOn('delete-uid');
      expectStatus(await remove('delete-uid', { gracePeriodSeconds: 0, preconditions: { uid: otherUid } }), {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Pod "delete-uid": the UID in the precondition (${otherUid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
        details: { name: 'delete-uid', kind: 'Pod' },
      });
      expect((await admin('GET', `${pods}/delete-uid`)).body.metadata.deletionTimestamp).toBeUndefined();
    });

    it('are held by their finalizers without any grace, and go with the last of them', async () => {
      const held = pod('held', 'finalizers');
      held.metadata.finalizers = ['example.com/hold'];
      await podOn('finalizers', held);
      const left = await remove('held', { gracePeriodSeconds: 0 });
      expect(left.status).toBe(200);
      expect(left.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ['example.com/hold'] });
      expect((await evict('held')).status).toBe(201);
      expect((await admin('GET', `${pods}/held`)).status).toBe(200);
      const released = await admin('PATCH', `${pods}/held`, { metadata: { finalizers: [] } }, merge);
      expect(released.status).toBe(200);
      expect((await admin('GET', `${pods}/held`)).status).toBe(404);
    });

    it('go at once when they have finished', async () => {
      await podOn('finished', pod('finished', 'finished', {}, { restartPolicy: 'Never' }), 'Succeeded');
      expect((await evict('finished')).status).toBe(201);
      expect((await admin('GET', `${pods}/finished`)).status).toBe(404);
    });
  });

  describe('evictions', () => {
    it('show as a condition first, as leaving then, and end in a deletion', async () => {
      await podOn('seen-evicted');
      const watch = await target().watch(
        administrator,
        `${pods}?watch=true&fieldSelector=metadata.name%3Dseen-evicted&resourceVersion=${await versionOf('seen-evicted')}`,
      );
      await evict('seen-evicted');
      await remove('seen-evicted', { gracePeriodSeconds: 0 });
      const seen: string[] = [];
      for (let event = await watch.next(); event; event = await watch.next()) {
        const { metadata, status } = event.object;
        const disrupted = status.conditions.find(({ type }: KubernetesObject) => type === 'DisruptionTarget');
        const grace = metadata.deletionGracePeriodSeconds ?? 'stays';
        seen.push(`${event.type} ${disrupted?.reason ?? 'undisturbed'} ${grace}`);
        if (event.type === 'DELETED') break;
      }
      watch.close();
      expect(seen).toEqual([
        'MODIFIED EvictionByEvictionAPI stays',
        'MODIFIED EvictionByEvictionAPI 30',
        'MODIFIED EvictionByEvictionAPI 0',
        'DELETED EvictionByEvictionAPI 0',
      ]);
    });

    async function versionOf(name: string): Promise<string> {
      return (await admin('GET', `${pods}/${name}`)).body.metadata.resourceVersion;
    }

    it('are refused in a namespace that is being deleted, with a cause', async () => {
      await createAll(target(), [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } }]);
      const held = pod('leaving', 'leaving');
      held.metadata = { ...held.metadata, namespace: 'leaving', finalizers: ['example.com/hold'] };
      await podOn('leaving', held);
      await admin('DELETE', '/api/v1/namespaces/leaving');
      expectStatus(await evict('leaving', 'leaving'), {
        code: 403,
        reason: 'Forbidden',
        message:
          'pods "leaving" is forbidden: unable to create new content in namespace leaving because it is being terminated',
        details: {
          name: 'leaving',
          kind: 'pods',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace leaving is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      });
    });

    it('need no kind and version in their body', async () => {
      await podOn('kindless');
      const path = `${pods}/kindless/eviction`;
      expect((await target().send(tender, 'POST', path, { metadata: { name: 'kindless' } })).status).toBe(201);
    });

    it('of pods that are not ready pass their budget while the others suffice, or the budget says so', async ({
      skip,
    }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      const sick = (name: string, app: string) => podOn(name, pod(name, name, { app }), 'Unknown');
      await podOn('well-a', pod('well-a', 'well-a', { app: 'well' }));
      await sick('sick-a', 'well');
      await budget(target(), 'well', { minAvailable: 1, selector: { matchLabels: { app: 'well' } } });
      await sick('sick-b', 'ill');
      await budget(target(), 'ill', { minAvailable: 1, selector: { matchLabels: { app: 'ill' } } });
      await sick('sick-c', 'lost');
      const always = { unhealthyPodEvictionPolicy: 'AlwaysAllow' };
      await budget(target(), 'lost', { minAvailable: 1, selector: { matchLabels: { app: 'lost' } }, ...always });
      const codes = await Promise.all(
        ['sick-a', 'well-a', 'sick-b', 'sick-c'].map(async (n) => (await evict(n)).status),
      );
      expect(codes).toEqual([201, 429, 429, 201]);
    });

    it('ask the budget before they look whether the pod is the one that was meant', async ({ skip }) => {
      skip(!target().hasControllers, 'a budget is counted by the controller-manager');
      await podOn('asked-first', pod('asked-first', 'asked-first', { app: 'asked' }));
      await budget(target(), 'asked', { minAvailable: 1, selector: { matchLabels: { app: 'asked' } } });
      const deleteOptions = { preconditions: { uid: otherUid } };
      expect((await evict('asked-first', 'default', { deleteOptions })).status).toBe(429);
    });
  });

  describe('taints', () => {
    const taint = async (nodeName: string, key: string) => {
      const path = `/api/v1/nodes/${nodeName}`;
      const { spec } = (await admin('GET', path)).body;
      const taints = [...(spec.taints ?? []), { key, value: 'yes', effect: 'NoExecute' }];
      await admin('PATCH', path, { spec: { taints } }, merge);
    };
    const isLeaving = async (name: string) =>
      (await admin('GET', `${pods}/${name}`)).body.metadata.deletionTimestamp !== undefined;

    it('that are NoExecute send pods away which do not tolerate them', async ({ skip }) => {
      skip(!target().hasControllers, 'taints are acted on by the controller-manager');
      await podOn('tainted', pod('tainted-goes', 'tainted'));
      const tolerations = [{ key: 'example.com/away', operator: 'Exists' }];
      await runPod(target(), pod('tainted-stays', 'tainted', {}, { tolerations }));
      await taint('tainted', 'example.com/away');
      await eventually(target(), async () => expect(await isLeaving('tainted-goes')).toBe(true));
      expect(await isLeaving('tainted-stays')).toBe(false);
    });

    it('that say out of service let pods of a node go that is not ready', { timeout: 120_000 }, async ({ skip }) => {
      skip(!target().hasControllers, 'pods of lost nodes are collected by the controller-manager');
      await podOn('out-of-service');
      await taint('out-of-service', 'node.kubernetes.io/out-of-service');
      const deadline = target().now() + collectedWithinMs;
      while ((await admin('GET', `${pods}/out-of-service`)).status !== 404 && target().now() < deadline)
        await target().pass(500);
      expect((await admin('GET', `${pods}/out-of-service`)).status).toBe(404);
    });
  });

  describe('volume attachments', () => {
    const attachment = (name: string, finalizers: readonly string[] = []) => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name, finalizers },
      spec: { attacher: 'ebs.csi.aws.com', nodeName: 'leaving-volumes', source: { persistentVolumeName: name } },
    });

    it('cannot be selected by their node', async () => {
      const path = `${attachments}?fieldSelector=spec.nodeName%3Dleaving-volumes`;
      const { status, body } = await target().send(tender, 'GET', path);
      expect([status, body.reason, body.message]).toEqual([
        400,
        'BadRequest',
        expect.stringContaining('spec.nodeName'),
      ]);
    });

    it('stay while their driver still detaches, marked as leaving', async () => {
      await createAll(target(), [attachment('detaching', ['external-attacher/ebs-csi-aws-com'])]);
      await admin('DELETE', `${attachments}/detaching`);
      const listed = await target().send(tender, 'GET', attachments);
      const seen = listed.body.items.find(({ metadata }: KubernetesObject) => metadata.name === 'detaching');
      expect(seen.metadata.deletionTimestamp).toBeDefined();
      await admin('PATCH', `${attachments}/detaching`, { metadata: { finalizers: [] } }, merge);
      expect((await admin('GET', `${attachments}/detaching`)).status).toBe(404);
    });
  });
}
