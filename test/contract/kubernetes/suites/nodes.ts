import { describe, expect, it } from 'vitest';
import type { ContractTarget, KubernetesObject } from '../../../support/kubernetes/contract-target.ts';
import { eventually } from '../../../support/kubernetes/eventually.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { administrator, kubelet, tender } from '../../../support/kubernetes/identities.ts';

const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const jsonPatch = 'application/json-patch+json';
const startupTaint = { key: 'tender.example.com/joining', effect: 'NoSchedule' };

/** What Tender reads from nodes and writes to them. */
export function describeNodes(target: () => ContractTarget): void {
  const send = (method: string, path: string, body?: unknown, type?: string) =>
    target().send(tender, method, path, body, type);
  const register = async (name: string, labels?: Record<string, string>) =>
    new FakeKubelet(target(), name).register(labels);
  const own = (taints: KubernetesObject[] | undefined) =>
    (taints ?? []).filter(({ key }) => !key.startsWith('node.kubernetes.io/'));

  describe('reading nodes', () => {
    it('gives a node with its identity, version and creation time', async () => {
      await register('node-get');
      const answer = await send('GET', '/api/v1/nodes/node-get');
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.body).toMatchObject({
        kind: 'Node',
        apiVersion: 'v1',
        metadata: {
          name: 'node-get',
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          resourceVersion: expect.stringMatching(/^\d+$/),
        },
        spec: { providerID: 'aws:///us-east-1a/node-get' },
      });
      expect(answer.body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    it('answers 404 for a node that does not exist', async () => {
      expectStatus(await send('GET', '/api/v1/nodes/absent'), {
        code: 404,
        reason: 'NotFound',
        message: 'nodes "absent" not found',
        details: { name: 'absent', kind: 'nodes' },
      });
    });

    it('taints a node that registers as not ready, until its kubelet says otherwise', async () => {
      const node = await register('node-fresh');
      expect(node.spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    });

    it('shows the conditions and addresses that the kubelet reported', async () => {
      const fake = new FakeKubelet(target(), 'node-ready');
      await fake.register();
      await fake.reportReady();
      const { status } = (await send('GET', '/api/v1/nodes/node-ready')).body;
      expect(status.conditions).toEqual([
        expect.objectContaining({ type: 'Ready', status: 'True', reason: 'KubeletReady' }),
      ]);
      expect(status.addresses).toEqual([{ type: 'InternalIP', address: '10.0.1.23' }]);
    });
  });

  describe('listing nodes', () => {
    it('gives pages that follow each other without gap or repetition, at one resource version', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await register(`page-${name}`, { 'contract-page': 'yes' });
      const names: string[] = [];
      const versions = new Set<string>();
      let token = '';
      for (let page = 0; page < 3; page += 1) {
        const query = `labelSelector=contract-page%3Dyes&limit=2${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`;
        const { status, body } = await send('GET', `/api/v1/nodes?${query}`);
        expect(status).toBe(200);
        names.push(...body.items.map((node: KubernetesObject) => node.metadata.name));
        versions.add(body.metadata.resourceVersion);
        token = body.metadata.continue ?? '';
      }
      expect(names).toEqual(['page-a', 'page-b', 'page-c', 'page-d', 'page-e']);
      expect(token).toBe('');
      expect(versions.size).toBe(1);
    });

    it('counts what is left only when no selector hides it', async () => {
      await register('count-a', { 'contract-count': 'yes' });
      await register('count-b', { 'contract-count': 'yes' });
      const all = (await send('GET', '/api/v1/nodes')).body;
      const plain = (await send('GET', '/api/v1/nodes?limit=1')).body;
      const selected = (await send('GET', '/api/v1/nodes?limit=1&labelSelector=contract-count')).body;
      expect(all.metadata.continue).toBeUndefined();
      expect(plain.metadata.remainingItemCount).toBe(all.items.length - 1);
      expect(plain.metadata.continue).toEqual(expect.any(String));
      expect(selected.metadata.remainingItemCount).toBeUndefined();
    });

    it('gives lists without kind in their items, as kubectl and the clients expect', async () => {
      await register('list-shape');
      const { body } = await send('GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dlist-shape');
      expect(body).toMatchObject({ kind: 'NodeList', apiVersion: 'v1', items: [{ metadata: { name: 'list-shape' } }] });
      expect(body.items[0].kind).toBeUndefined();
    });

    it('refuses a continue token that it did not make', async () => {
      expectStatus(await send('GET', '/api/v1/nodes?limit=1&continue=nonsense'), {
        code: 400,
        reason: 'BadRequest',
        message: /^invalid continue token: continue key is not valid: /,
      });
    });

    it('selects by label: equal, unequal, in, notin, present, absent', async () => {
      await register('label-blue', { 'contract-colour': 'blue' });
      await register('label-red', { 'contract-colour': 'red' });
      const select = async (selector: string) => {
        const query = encodeURIComponent(`contract-colour,${selector}`);
        return (await send('GET', `/api/v1/nodes?labelSelector=${query}`)).body.items.map(
          (node: KubernetesObject) => node.metadata.name,
        );
      };
      expect(await select('contract-colour=blue')).toEqual(['label-blue']);
      expect(await select('contract-colour!=blue')).toEqual(['label-red']);
      expect(await select('contract-colour in (red, green)')).toEqual(['label-red']);
      expect(await select('contract-colour notin (red)')).toEqual(['label-blue']);
      expect(await select('kubernetes.io/hostname')).toEqual(['label-blue', 'label-red']);
      expect(await select('!kubernetes.io/hostname')).toEqual([]);
    });

    it('selects by name and by whether they are cordoned, and refuses other fields', async () => {
      await register('field-open');
      await register('field-cordoned');
      await send('PATCH', '/api/v1/nodes/field-cordoned', { spec: { unschedulable: true } }, merge);
      const cordoned = (await send('GET', '/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue')).body.items;
      const names = cordoned.map((node: KubernetesObject) => node.metadata.name);
      expect(names).toContain('field-cordoned');
      expect(names).not.toContain('field-open');
      expectStatus(await send('GET', '/api/v1/nodes?fieldSelector=spec.podCIDR%3Dx'), {
        code: 400,
        reason: 'BadRequest',
        message: 'field label not supported: spec.podCIDR',
      });
    });
  });

  describe('patching nodes', () => {
    it('adds and removes labels and annotations by merge patch', async () => {
      await register('patch-labels', { keep: 'me' });
      const metadata = {
        labels: { 'node-role.kubernetes.io/worker': '' },
        annotations: { 'tender.example.com/owner': 'execution-1' },
      };
      const added = await send('PATCH', '/api/v1/nodes/patch-labels', { metadata }, merge);
      expect(added.status).toBe(200);
      expect(added.body.metadata).toMatchObject({
        labels: { keep: 'me', 'node-role.kubernetes.io/worker': '' },
        annotations: metadata.annotations,
      });
      const removed = await send(
        'PATCH',
        '/api/v1/nodes/patch-labels',
        { metadata: { labels: { keep: null } } },
        merge,
      );
      expect(removed.body.metadata.labels.keep).toBeUndefined();
      expect(removed.body.metadata.labels['node-role.kubernetes.io/worker']).toBe('');
    });

    it('cordons and un-cordons by strategic merge patch, and taints a cordoned node', async () => {
      await register('patch-cordon');
      const cordoned = await send('PATCH', '/api/v1/nodes/patch-cordon', { spec: { unschedulable: true } }, strategic);
      expect(cordoned.body.spec.unschedulable).toBe(true);
      const opened = await send('PATCH', '/api/v1/nodes/patch-cordon', { spec: { unschedulable: null } }, strategic);
      expect(opened.body.spec.unschedulable).toBeUndefined();
    });

    it('replaces the whole list of taints by merge patch and by strategic merge patch alike', async () => {
      await register('patch-taints');
      const path = '/api/v1/nodes/patch-taints';
      const drain = { key: 'tender.example.com/draining', effect: 'PreferNoSchedule' };
      const first = await send('PATCH', path, { spec: { taints: [startupTaint] } }, merge);
      expect(own(first.body.spec.taints)).toEqual([startupTaint]);
      const second = await send('PATCH', path, { spec: { taints: [drain] } }, strategic);
      expect(own(second.body.spec.taints)).toEqual([drain]);
    });

    it('removes a taint by JSON patch only if it is still where it was', async () => {
      await register('patch-json');
      const path = '/api/v1/nodes/patch-json';
      await send('PATCH', path, { spec: { taints: [startupTaint] } }, merge);
      const remove = [
        { op: 'test', path: '/spec/taints/0/key', value: startupTaint.key },
        { op: 'remove', path: '/spec/taints/0' },
      ];
      const removed = await send('PATCH', path, remove, jsonPatch);
      expect(removed.status).toBe(200);
      expect(own(removed.body.spec.taints)).toEqual([]);
      await send('PATCH', path, { spec: { taints: [{ key: 'other', effect: 'NoSchedule' }] } }, merge);
      const refused = await send('PATCH', path, remove, jsonPatch);
      expect(refused.status).toBe(422);
      expect(refused.body.reason).toBe('Invalid');
    });

    it('refuses a patch that was made for an older version of the node', async () => {
      const node = await register('patch-conflict');
      const path = '/api/v1/nodes/patch-conflict';
      await send('PATCH', path, { metadata: { labels: { changed: 'meanwhile' } } }, merge);
      const stale = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { unschedulable: true } };
      expectStatus(await send('PATCH', path, stale, merge), {
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on nodes "patch-conflict": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'patch-conflict', kind: 'nodes' },
      });
      const { body } = await send('GET', path);
      expect(body.spec.unschedulable).toBeUndefined();
    });

    it('leaves the version alone when a patch changes nothing', async () => {
      await register('patch-nothing', { same: 'value' });
      const metadata = { labels: { same: 'value' } };
      // A real cluster's controllers write a new node, too: only where none did in between is it the patch that tells.
      await eventually(target(), async () => {
        const before = (await send('GET', '/api/v1/nodes/patch-nothing')).body;
        const after = (await send('PATCH', '/api/v1/nodes/patch-nothing', { metadata }, merge)).body;
        expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      });
    });

    it('only tries what is to be a dry run', async () => {
      await register('patch-dry');
      const dry = await send('PATCH', '/api/v1/nodes/patch-dry?dryRun=All', { spec: { unschedulable: true } }, merge);
      expect(dry.body.spec.unschedulable).toBe(true);
      expect((await send('GET', '/api/v1/nodes/patch-dry')).body.spec.unschedulable).toBeUndefined();
    });

    it('answers 404 for a patch of a node that is gone', async () => {
      expectStatus(await send('PATCH', '/api/v1/nodes/absent', { spec: {} }, merge), {
        code: 404,
        reason: 'NotFound',
        message: 'nodes "absent" not found',
        details: { name: 'absent', kind: 'nodes' },
      });
    });

    it('answers 415 for a patch in a format that it does not know', async () => {
      await register('patch-format');
      expectStatus(await send('PATCH', '/api/v1/nodes/patch-format', { spec: {} }, 'application/json'), {
        code: 415,
        reason: 'UnsupportedMediaType',
        message: '415: Unsupported Media Type',
        details: {},
      });
    });

    it('names the field when a label is invalid', async () => {
      await register('patch-invalid');
      const answer = await send(
        'PATCH',
        '/api/v1/nodes/patch-invalid',
        { metadata: { labels: { bad: 'not a value!' } } },
        merge,
      );
      expect(answer.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        message: expect.stringMatching(
          /^Node "patch-invalid" is invalid: metadata\.labels: Invalid value: "not a value!": /,
        ),
        details: { name: 'patch-invalid', kind: 'Node' },
      });
      // The server repeats the cause; how often is no promise.
      const invalid = { reason: 'FieldValueInvalid', field: 'metadata.labels' };
      expect(answer.body.details.causes).toContainEqual(expect.objectContaining(invalid));
    });

    it('names the field when a taint has an effect that does not exist', async () => {
      await register('patch-effect');
      const taints = [{ key: 'tender.example.com/joining', effect: 'Sometimes' }];
      const answer = await send('PATCH', '/api/v1/nodes/patch-effect', { spec: { taints } }, merge);
      expect(answer.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        message: expect.stringMatching(
          /^Node "patch-effect" is invalid: .*metadata\.taints\[0\]\.effect: Unsupported value: "Sometimes"/,
        ),
      });
    });
  });

  describe('deleting nodes', () => {
    it('deletes a node, and answers 404 when it is asked again', async () => {
      const node = await register('delete-me');
      const deleted = await send('DELETE', '/api/v1/nodes/delete-me');
      expect(deleted.status).toBe(200);
      expect(deleted.body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'delete-me', kind: 'nodes', uid: node.metadata.uid },
      });
      expect((await send('DELETE', '/api/v1/nodes/delete-me')).status).toBe(404);
    });

    it('spares a node of the same name that is not the one that was meant', async () => {
      const node = await register('delete-other');
      const options = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
      };
      expectStatus(await send('DELETE', '/api/v1/nodes/delete-other', options), {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Node "delete-other": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record (${node.metadata.uid}). The object might have been deleted and then recreated`,
        details: { name: 'delete-other', kind: 'Node' },
      });
    });
  });

  describe('what a kubelet may do', () => {
    it('registers its own node once', async () => {
      await register('kubelet-twice');
      const again = await target().send(kubelet('kubelet-twice'), 'POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'kubelet-twice' },
      });
      expectStatus(again, {
        code: 409,
        reason: 'AlreadyExists',
        message: 'nodes "kubelet-twice" already exists',
        details: { name: 'kubelet-twice', kind: 'nodes' },
      });
    });

    it('registers no other node', async () => {
      const other = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'kubelet-other' } };
      expectStatus(await target().send(kubelet('kubelet-mine'), 'POST', '/api/v1/nodes', other), {
        code: 403,
        reason: 'Forbidden',
        message:
          'nodes "kubelet-other" is forbidden: node "kubelet-mine" is not allowed to modify node "kubelet-other"',
        details: { name: 'kubelet-other', kind: 'nodes' },
      });
    });

    it('gives itself no role label', async () => {
      await register('kubelet-role');
      const labels = { 'node-role.kubernetes.io/control-plane': '' };
      const answer = await target().send(
        kubelet('kubelet-role'),
        'PATCH',
        '/api/v1/nodes/kubelet-role',
        { metadata: { labels } },
        merge,
      );
      expectStatus(answer, {
        code: 403,
        reason: 'Forbidden',
        message:
          'nodes "kubelet-role" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane',
        details: { name: 'kubelet-role', kind: 'nodes' },
      });
    });

    it('takes none of its taints away', async () => {
      await register('kubelet-taint');
      await send('PATCH', '/api/v1/nodes/kubelet-taint', { spec: { taints: [startupTaint] } }, merge);
      const answer = await target().send(
        kubelet('kubelet-taint'),
        'PATCH',
        '/api/v1/nodes/kubelet-taint',
        { spec: { taints: [] } },
        merge,
      );
      expectStatus(answer, {
        code: 403,
        reason: 'Forbidden',
        message: 'nodes "kubelet-taint" is forbidden: node "kubelet-taint" is not allowed to modify taints',
        details: { name: 'kubelet-taint', kind: 'nodes' },
      });
    });

    it('may register with a startup taint', async () => {
      const node = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'kubelet-startup' },
        spec: { taints: [startupTaint] },
      };
      const answer = await target().send(kubelet('kubelet-startup'), 'POST', '/api/v1/nodes', node);
      expect(answer.status).toBe(201);
      expect(own(answer.body.spec.taints)).toEqual([startupTaint]);
    });
  });

  describe('a request that makes no sense', () => {
    const post = (body: KubernetesObject) => target().send(administrator, 'POST', '/api/v1/nodes', body);

    it('is refused when a node has no name', async () => {
      expectStatus(await post({ apiVersion: 'v1', kind: 'Node', metadata: {} }), {
        code: 422,
        reason: 'Invalid',
        message: 'Node "" is invalid: metadata.name: Required value: name or generateName is required',
        details: {
          kind: 'Node',
          causes: [
            {
              reason: 'FieldValueRequired',
              message: 'Required value: name or generateName is required',
              field: 'metadata.name',
            },
          ],
        },
      });
    });

    it('is refused when it names one node and describes another', async () => {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'mismatch-body' } };
      expectStatus(await target().send(administrator, 'PUT', '/api/v1/nodes/mismatch-url', node), {
        code: 400,
        reason: 'BadRequest',
        message: 'the name of the object (mismatch-body) does not match the name on the URL (mismatch-url)',
      });
    });

    it('is refused when its method does not exist there', async () => {
      expectStatus(await target().send(administrator, 'POST', '/api/v1/nodes/some-node', {}), {
        code: 405,
        reason: 'MethodNotAllowed',
        message: 'the server does not allow this method on the requested resource',
        details: {},
      });
    });

    it('is refused when a label selector cannot be read', async () => {
      expectStatus(await send('GET', '/api/v1/nodes?labelSelector=a%20b%20c'), {
        code: 400,
        reason: 'BadRequest',
        message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
      });
    });
  });

  it('refuses an update that is based on an older version', async () => {
    const node = await register('update-conflict');
    await send('PATCH', '/api/v1/nodes/update-conflict', { metadata: { labels: { changed: 'meanwhile' } } }, merge);
    const answer = await target().send(administrator, 'PUT', '/api/v1/nodes/update-conflict', node);
    expectStatus(answer, {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on nodes "update-conflict": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'update-conflict', kind: 'nodes' },
    });
  });
}
