import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { kubernetesAutoApproveBindings } from '../../../src/kubernetes/auto-approve-bindings.ts';
import { kubernetesBootstrapTokens } from '../../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesCertificateRequests } from '../../../src/kubernetes/certificate-requests.ts';
import { kubernetesNodes } from '../../../src/kubernetes/nodes.ts';
import { type KubernetesConnection, openCluster } from '../../../src/kubernetes/open-cluster.ts';
import { kubernetesPods } from '../../../src/kubernetes/pods.ts';
import { NodeChanged, NodeVanished } from '../../../src/nodes/errors.ts';
import type { Node } from '../../../src/nodes/ports.ts';
import { type ApiServer, failure, json, startApiServer } from './api-server.ts';

type Request = IncomingMessage & { body: string };
type Answer = (request: Request) => readonly [status: number, body: unknown];

let server: ApiServer | undefined;
afterEach(() => server?.close());

async function cluster(answer: Answer): Promise<KubernetesConnection> {
  server = await startApiServer((request, response) => json(response, ...answer(request)));
  return openCluster(
    server,
    async () => ({ token: 'one' }),
    () => new Date(0),
  );
}

const joined: Node = {
  name: 'a',
  resourceVersion: '7',
  providerId: '',
  labels: {},
  annotations: {},
  taints: [],
  conditions: [],
};

describe('nodes', () => {
  it('are changed by one merge patch that only holds for the version that was read', async () => {
    let sent: unknown;
    const nodes = kubernetesNodes(
      await cluster((request) => {
        sent = { type: request.headers['content-type'], body: JSON.parse(request.body) };
        return [200, {}];
      }),
    );
    await nodes.change(joined, { labels: { role: 'worker', old: null }, taints: [] });
    expect(sent).toEqual({
      type: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: '7', labels: { role: 'worker', old: null } }, spec: { taints: [] } },
    });
  });

  it('that changed or vanished meanwhile are told by name', async () => {
    let status = 409;
    const nodes = kubernetesNodes(await cluster(() => [status, failure('Operation cannot be fulfilled')]));
    await expect(nodes.change(joined, {})).rejects.toBeInstanceOf(NodeChanged);
    status = 404;
    const changing = nodes.change(joined, {});
    await expect(changing).rejects.toBeInstanceOf(NodeVanished);
    await expect(changing).rejects.toThrow(/Next: find out who/);
  });

  it('that are gone are undefined, and fine to delete', async () => {
    const nodes = kubernetesNodes(await cluster(() => [404, failure('nodes "a" not found')]));
    expect(await nodes.get('a')).toBeUndefined();
    await nodes.delete('a');
  });
});

describe('pods', () => {
  it('of a node come from all pages, and from the first again when the continue token expires', async () => {
    let expire = true;
    const pods = kubernetesPods(
      await cluster((request) => {
        const query = new URL(request.url ?? '', 'https://a').searchParams;
        if (query.get('fieldSelector') !== 'spec.nodeName=a' || query.get('limit') !== '500')
          return [400, failure('query')];
        if (query.get('continue') !== 'next')
          return [200, { items: [{ metadata: { name: 'one' } }], metadata: { continue: 'next' } }];
        if (!expire) return [200, { items: [{ metadata: { name: 'two' } }], metadata: {} }];
        expire = false;
        return [410, failure('The provided continue parameter is too old')];
      }),
    );
    expect((await pods.onNode('a')).map(({ name }) => name)).toEqual(['one', 'two']);
    expect(server?.requests).toHaveLength(4);
  });
});

describe('certificate requests', () => {
  const spec = { request: Buffer.from('PEM').toString('base64'), signerName: 's', username: 'u', groups: ['g'] };

  it('that nobody decided on are found, of the kubelet signers only', async () => {
    const requests = kubernetesCertificateRequests(
      await cluster((request) => {
        const client = decodeURIComponent(request.url ?? '').includes('client-kubelet');
        const decided = {
          metadata: { name: 'old' },
          spec,
          status: { conditions: [{ type: 'Denied', status: 'True' }] },
        };
        return [200, { items: client ? [{ metadata: { name: 'new' }, spec }, decided] : [] }];
      }),
    );
    expect(await requests.pending()).toEqual([
      { name: 'new', signerName: 's', username: 'u', groups: ['g'], usages: [], request: 'PEM' },
    ]);
    // Asked for at once: either may arrive first.
    expect(server?.requests.map((line) => decodeURIComponent(line)).toSorted()).toEqual([
      expect.stringContaining('fieldSelector=spec.signerName=kubernetes.io/kube-apiserver-client-kubelet'),
      expect.stringContaining('fieldSelector=spec.signerName=kubernetes.io/kubelet-serving'),
    ]);
  });

  it('of one user are found with what was decided on them', async () => {
    const item = (name: string, username: string, ...types: string[]) => ({
      metadata: { name },
      spec: { ...spec, username },
      status: { conditions: types.map((type) => ({ type, status: 'True' })) },
    });
    const items = [
      item('new', 'u'),
      item('approved', 'u', 'Approved'),
      item('unsigned', 'u', 'Approved', 'Failed'),
      item('denied', 'u', 'Denied'),
      item('other', 'u2', 'Approved'),
    ];
    const requests = kubernetesCertificateRequests(
      await cluster((request) => [200, { items: request.url?.includes('client-kubelet') ? items : [] }]),
    );
    expect((await requests.askedBy(['u'])).map(({ name, decision }) => [name, decision])).toEqual([
      ['new', undefined],
      ['approved', 'approved'],
      ['unsigned', 'approved'],
      ['denied', 'denied'],
    ]);
  });

  it('are approved again after somebody else wrote them meanwhile, and once only', async () => {
    let conflicts = 1;
    let approval: unknown;
    const requests = kubernetesCertificateRequests(
      await cluster((request) => {
        if (request.method === 'GET')
          return [200, { metadata: { name: 'new' }, spec, status: approval ? { conditions: [approval] } : {} }];
        if (conflicts-- > 0) return [409, failure('the object has been modified')];
        approval = JSON.parse(request.body).status.conditions[0];
        return [200, {}];
      }),
    );
    await requests.approve('new', 'i-1 joins');
    await requests.approve('new', 'i-1 joins');
    expect(approval).toEqual({ type: 'Approved', status: 'True', reason: 'TenderApproved', message: 'i-1 joins' });
    expect(server?.requests.filter((line) => line.startsWith('PUT'))).toEqual([
      'PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/new/approval',
      'PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/new/approval',
    ]);
  });
});

describe('bootstrap tokens', () => {
  it('are Secrets that kubeadm and the API server understand', async () => {
    let sent: unknown;
    const tokens = kubernetesBootstrapTokens(
      await cluster((request) => {
        sent = JSON.parse(request.body);
        return [201, {}];
      }),
    );
    const token = {
      id: 'abcdef',
      secret: '0123456789abcdef',
      description: 'i-1',
      expiresAt: '2026-03-02T09:30:00.000Z',
      group: 'system:bootstrappers:tender',
    };
    expect(await tokens.create(token)).toBe('created');
    expect(sent).toEqual({
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        description: 'i-1',
        expiration: '2026-03-02T09:30:00Z',
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
        'auth-extra-groups': 'system:bootstrappers:tender',
      },
    });
  });

  it('that exist are not overwritten, and one that is gone is deleted', async () => {
    let status = 409;
    const tokens = kubernetesBootstrapTokens(await cluster(() => [status, failure('already exists')]));
    const token = { id: 'abcdef', secret: 's', description: '', expiresAt: '', group: 'g' };
    expect(await tokens.create(token)).toBe('exists');
    status = 404;
    await tokens.delete('abcdef');
  });
});

describe('bindings that approve certificates by themselves', () => {
  it('are those of every role that may create nodeclient requests, by whatever wildcard', async () => {
    const rule = (apiGroup: string, resource: string, verb: string) => [
      { apiGroups: [apiGroup], resources: [resource], verbs: [verb] },
    ];
    const roles = {
      exact: rule('certificates.k8s.io', 'certificatesigningrequests/nodeclient', 'create'),
      admin: rule('*', '*', '*'),
      subresource: rule('certificates.k8s.io', '*/nodeclient', 'create'),
      self: rule('certificates.k8s.io', 'certificatesigningrequests/selfnodeclient', 'create'),
      reader: rule('certificates.k8s.io', 'certificatesigningrequests/nodeclient', 'get'),
      elsewhere: rule('apps', '*', '*'),
    };
    const bindings = kubernetesAutoApproveBindings(
      await cluster((request) => {
        const names = Object.keys(roles);
        const items = request.url?.includes('clusterrolebindings')
          ? names.map((name) => ({
              metadata: { name: `b-${name}` },
              roleRef: { name },
              subjects: [{ kind: 'Group', name: 'g' }],
            }))
          : Object.entries(roles).map(([name, rules]) => ({ metadata: { name }, rules }));
        return [200, { items }];
      }),
    );
    expect(await bindings.list()).toEqual([
      { binding: 'b-exact', clusterRole: 'exact', groups: ['Group g'] },
      { binding: 'b-admin', clusterRole: 'admin', groups: ['Group g'] },
      { binding: 'b-subresource', clusterRole: 'subresource', groups: ['Group g'] },
    ]);
  });
});
