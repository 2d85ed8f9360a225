import { describe, expect, it } from 'vitest';
import type { ContractTarget, KubernetesObject } from '../../../support/kubernetes/contract-target.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { administrator, anonymous, bearer, tender } from '../../../support/kubernetes/identities.ts';

interface Denied {
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  /** Resource with its subresource, as the message names it. */
  readonly resource: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const node = '/api/v1/nodes/access-node';
const system = '/api/v1/namespaces/kube-system';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const csrs = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** What `deploy/kubernetes/rbac.yaml` leaves out on purpose. */
const denied: readonly Denied[] = [
  { verb: 'create', method: 'POST', path: '/api/v1/nodes', resource: 'nodes' },
  { verb: 'update', method: 'PUT', path: node, resource: 'nodes', name: 'access-node' },
  { verb: 'patch', method: 'PATCH', path: `${node}/status`, resource: 'nodes/status', name: 'access-node' },
  { verb: 'watch', method: 'GET', path: '/api/v1/nodes?watch=true', resource: 'nodes' },
  { verb: 'deletecollection', method: 'DELETE', path: '/api/v1/nodes', resource: 'nodes' },
  { verb: 'create', method: 'POST', path: '/api/v1/namespaces/default/pods', resource: 'pods', namespace: 'default' },
  {
    verb: 'delete',
    method: 'DELETE',
    path: '/api/v1/namespaces/default/pods/p',
    resource: 'pods',
    namespace: 'default',
    name: 'p',
  },
  { verb: 'list', method: 'GET', path: `${system}/secrets`, resource: 'secrets', namespace: 'kube-system' },
  { verb: 'list', method: 'GET', path: '/api/v1/secrets', resource: 'secrets' },
  {
    verb: 'get',
    method: 'GET',
    path: `${system}/secrets/bootstrap-token-abcdef`,
    resource: 'secrets',
    namespace: 'kube-system',
    name: 'bootstrap-token-abcdef',
  },
  {
    verb: 'patch',
    method: 'PATCH',
    path: `${system}/secrets/s`,
    resource: 'secrets',
    namespace: 'kube-system',
    name: 's',
  },
  {
    verb: 'update',
    method: 'PUT',
    path: `${system}/secrets/s`,
    resource: 'secrets',
    namespace: 'kube-system',
    name: 's',
  },
  {
    verb: 'deletecollection',
    method: 'DELETE',
    path: `${system}/secrets`,
    resource: 'secrets',
    namespace: 'kube-system',
  },
  {
    verb: 'create',
    method: 'POST',
    path: '/api/v1/namespaces/default/secrets',
    resource: 'secrets',
    namespace: 'default',
  },
  { verb: 'list', method: 'GET', path: '/api/v1/persistentvolumes', resource: 'persistentvolumes' },
  { verb: 'list', method: 'GET', path: '/api/v1/persistentvolumeclaims', resource: 'persistentvolumeclaims' },
  { verb: 'list', method: 'GET', path: `${system}/configmaps`, resource: 'configmaps', namespace: 'kube-system' },
  { verb: 'create', method: 'POST', path: csrs, resource: 'certificatesigningrequests', group: 'certificates.k8s.io' },
  {
    verb: 'delete',
    method: 'DELETE',
    path: `${csrs}/c`,
    resource: 'certificatesigningrequests',
    group: 'certificates.k8s.io',
    name: 'c',
  },
  {
    verb: 'update',
    method: 'PUT',
    path: `${csrs}/c/status`,
    resource: 'certificatesigningrequests/status',
    group: 'certificates.k8s.io',
    name: 'c',
  },
  {
    verb: 'create',
    method: 'POST',
    path: `${rbac}/clusterrolebindings`,
    resource: 'clusterrolebindings',
    group: 'rbac.authorization.k8s.io',
  },
  {
    verb: 'delete',
    method: 'DELETE',
    path: `${rbac}/clusterroles/tender`,
    resource: 'clusterroles',
    group: 'rbac.authorization.k8s.io',
    name: 'tender',
  },
  {
    verb: 'delete',
    method: 'DELETE',
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/l',
    resource: 'leases',
    group: 'coordination.k8s.io',
    namespace: 'kube-node-lease',
    name: 'l',
  },
  { verb: 'list', method: 'GET', path: '/api/v1/events', resource: 'events' },
  {
    verb: 'delete',
    method: 'DELETE',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/tender-bootstrap-tokens',
    resource: 'validatingadmissionpolicies',
    group: 'admissionregistration.k8s.io',
    name: 'tender-bootstrap-tokens',
  },
];

/** Lists that Tender reads whole; what it may do beyond is used by the other suites. */
const readable = [
  '/api/v1/nodes',
  '/api/v1/pods',
  '/apis/policy/v1/poddisruptionbudgets',
  '/apis/apps/v1/daemonsets',
  '/apis/storage.k8s.io/v1/volumeattachments',
  csrs,
  `${rbac}/clusterroles`,
  `${rbac}/clusterrolebindings`,
  '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
];

/** Who may do what, and how the server says no. */
export function describeAccess(target: () => ContractTarget): void {
  describe('the rights of Tender', () => {
    it.each(readable)('let it list %s', async (path) => {
      const answer = await target().send(tender, 'GET', path);
      expect(answer.status).toBe(200);
      expect(answer.body.items).toEqual(expect.any(Array));
    });

    it.each(denied)('do not let it $verb $path', async (request) => {
      const { verb, method, path, resource, group = '', namespace, name } = request;
      const [plural = ''] = resource.split('/');
      const qualified = group === '' ? plural : `${plural}.${group}`;
      const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : undefined;
      expectStatus(await target().send(tender, method, path, method === 'GET' ? undefined : {}, type), {
        code: 403,
        reason: 'Forbidden',
        message: `${qualified}${name === undefined ? '' : ` "${name}"`} is forbidden: User "tender" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
        details: { ...(name === undefined ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural },
      });
    });

    it('are told to itself when it asks', async () => {
      const ask = async (attributes: KubernetesObject) => {
        const review = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: attributes },
        };
        const answer = await target().send(
          tender,
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          review,
        );
        expect(answer.status).toBe(201);
        return answer.body.status.allowed;
      };
      expect(await ask({ verb: 'patch', resource: 'nodes' })).toBe(true);
      expect(await ask({ verb: 'create', resource: 'pods', subresource: 'eviction', namespace: 'default' })).toBe(true);
      expect(await ask({ verb: 'get', resource: 'secrets', namespace: 'kube-system' })).toBe(false);
    });

    it('belong to the user and groups that the server sees', async () => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const answer = await target().send(tender, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review);
      expect(answer.body.status.userInfo).toMatchObject({
        username: 'tender',
        groups: ['tender:controllers', 'system:authenticated'],
      });
    });

    it('show the bindings that approve node certificates without a look', async () => {
      const { body } = await target().send(tender, 'GET', `${rbac}/clusterrolebindings`);
      const approves = 'system:certificates.k8s.io:certificatesigningrequests:nodeclient';
      const found = body.items.filter((binding: KubernetesObject) => binding.roleRef.name === approves);
      expect(found.map((binding: KubernetesObject) => binding.metadata.name)).toEqual([
        'kubeadm:node-autoapprove-bootstrap',
      ]);
    });
  });

  describe('somebody unknown', () => {
    it('with a token that means nothing is refused before anything is looked at', async () => {
      expectStatus(await target().send(bearer('nonsense'), 'GET', '/api/v1/nodes'), {
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
    });

    it('without credentials is anonymous, and may not look', async () => {
      expectStatus(await target().send(anonymous, 'GET', '/api/v1/nodes'), {
        code: 403,
        reason: 'Forbidden',
        message:
          'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
        details: { kind: 'nodes' },
      });
    });

    it('may ask for the version and for health', async () => {
      expect((await target().send(anonymous, 'GET', '/version')).body).toMatchObject({
        major: '1',
        minor: expect.stringMatching(/^\d+/),
        gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
        platform: expect.stringMatching(/^\w+\/\w+$/),
      });
      expect((await target().send(anonymous, 'GET', '/readyz')).body).toEqual({ text: 'ok' });
      expect((await target().send(anonymous, 'GET', '/livez')).body).toEqual({ text: 'ok' });
    });

    it('may not look around elsewhere', async () => {
      expectStatus(await target().send(anonymous, 'GET', '/metrics'), {
        code: 403,
        reason: 'Forbidden',
        message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
        details: {},
      });
    });
  });

  describe('discovery', () => {
    const resources = async (path: string) => {
      const { body } = await target().send(tender, 'GET', path);
      expect(body.kind).toBe('APIResourceList');
      return new Map<string, KubernetesObject>(
        body.resources.map((resource: KubernetesObject) => [resource.name, resource]),
      );
    };

    it('names the core version', async () => {
      expect((await target().send(tender, 'GET', '/api')).body).toMatchObject({
        kind: 'APIVersions',
        versions: ['v1'],
      });
    });

    it('names the groups that Tender uses, with the version it uses', async () => {
      const { body } = await target().send(tender, 'GET', '/apis');
      expect(body.kind).toBe('APIGroupList');
      const preferred = Object.fromEntries(
        body.groups.map((group: KubernetesObject) => [group.name, group.preferredVersion.groupVersion]),
      );
      expect(preferred).toMatchObject({
        apps: 'apps/v1',
        policy: 'policy/v1',
        'certificates.k8s.io': 'certificates.k8s.io/v1',
        'coordination.k8s.io': 'coordination.k8s.io/v1',
        'rbac.authorization.k8s.io': 'rbac.authorization.k8s.io/v1',
        'storage.k8s.io': 'storage.k8s.io/v1',
      });
    });

    it('describes nodes and the eviction of pods', async () => {
      const core = await resources('/api/v1');
      expect(core.get('nodes')).toMatchObject({
        kind: 'Node',
        namespaced: false,
        singularName: 'node',
        shortNames: ['no'],
      });
      expect(core.get('nodes')?.verbs).toEqual(expect.arrayContaining(['get', 'list', 'watch', 'patch', 'delete']));
      expect(core.get('pods/eviction')).toEqual({
        name: 'pods/eviction',
        singularName: '',
        namespaced: true,
        group: 'policy',
        version: 'v1',
        kind: 'Eviction',
        verbs: ['create'],
      });
    });

    it('describes certificate requests', async () => {
      const group = await resources('/apis/certificates.k8s.io/v1');
      expect(group.get('certificatesigningrequests')).toMatchObject({
        kind: 'CertificateSigningRequest',
        namespaced: false,
        shortNames: ['csr'],
      });
      expect(group.get('certificatesigningrequests/approval')?.verbs).toEqual(['get', 'patch', 'update']);
    });

    it('answers 404 for a resource and for a group that do not exist', async () => {
      expectStatus(await target().send(administrator, 'GET', '/api/v1/unicorns'), {
        code: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
        details: {},
      });
      const answer = await target().send(administrator, 'GET', '/apis/example.com/v1/unicorns');
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ text: '404 page not found\n' });
    });
  });
}
