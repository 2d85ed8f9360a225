import { gzipSync } from 'node:zlib';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ClusterUnreachable,
  ClusterUntrusted,
  KubernetesForbidden,
  kubernetesCall,
} from '../../../src/kubernetes/errors.ts';
import { kubernetesNodes } from '../../../src/kubernetes/nodes.ts';
import { openCluster } from '../../../src/kubernetes/open-cluster.ts';
import { type ApiServer, failure, json, startApiServer } from './api-server.ts';

const servers: ApiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function started(...setup: Parameters<typeof startApiServer>): Promise<ApiServer> {
  const server = await startApiServer(...setup);
  servers.push(server);
  return server;
}

const node = { metadata: { name: 'a', resourceVersion: '7' } };
const token = async () => ({ token: 'one' });
const now = () => new Date('2026-03-02T09:00:00Z');

describe('the connection to a cluster', () => {
  it('serves many requests in turn over one TLS connection', async () => {
    const server = await started((_request, response) => json(response, 200, node));
    const nodes = kubernetesNodes(openCluster(server, token, now));
    for (let i = 0; i < 5; i += 1) expect(await nodes.get('a')).toMatchObject({ name: 'a', resourceVersion: '7' });
    expect([server.requests.length, server.connections]).toEqual([5, 1]);
  });

  it('sends the credential, fetched once, and reads gzip', async () => {
    let fetched = 0;
    const server = await started((request, response) => {
      const right = request.headers.authorization === 'Bearer one' && request.headers['accept-encoding'] === 'gzip';
      response.writeHead(right ? 200 : 403, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(node)));
    });
    const fetch = async () => ({ token: 'one', fetched: ++fetched });
    const nodes = kubernetesNodes(openCluster(server, fetch, now));
    await Promise.all([nodes.get('a'), nodes.get('a')]);
    expect(fetched).toBe(1);
  });

  it('fetches a credential that is refused once more, and tells when that one is refused too', async () => {
    const accepted = ['Bearer two'];
    const server = await started((request, response) =>
      accepted.includes(request.headers.authorization ?? '')
        ? json(response, 200, node)
        : json(response, 401, failure('Unauthorized')),
    );
    const tokens = ['one', 'two', 'three'];
    const nodes = kubernetesNodes(openCluster(server, async () => ({ token: tokens.shift() ?? '' }), now));
    expect(await nodes.get('a')).toMatchObject({ name: 'a' });
    accepted.pop();
    await expect(nodes.get('a')).rejects.toMatchObject({ name: 'KubernetesUnauthorized' });
    expect(server.requests).toHaveLength(4);
  });

  it('fetches a new credential when the old one ends', async () => {
    let time = now();
    let fetched = 0;
    const server = await started((_request, response) => json(response, 200, node));
    const fetch = async (at: Date) => ({ token: `t${++fetched}`, goodUntil: new Date(at.getTime() + 14 * 60_000) });
    const nodes = kubernetesNodes(openCluster(server, fetch, () => time));
    await nodes.get('a');
    time = new Date(time.getTime() + 14 * 60_000 - 1);
    await nodes.get('a');
    expect(fetched).toBe(1);
    time = new Date(time.getTime() + 1);
    await nodes.get('a');
    expect(fetched).toBe(2);
  });

  it('repeats a read once when the connection breaks, and a write never', async () => {
    let broken = 0;
    const server = await started((request, response) => {
      if (broken++ % 2 === 0) request.socket.destroy();
      else json(response, 200, node);
    });
    const nodes = kubernetesNodes(openCluster(server, token, now));
    expect(await nodes.get('a')).toMatchObject({ name: 'a' });
    await expect(nodes.delete('a')).rejects.toBeInstanceOf(ClusterUnreachable);
    expect(server.requests).toEqual(['GET /api/v1/nodes/a', 'GET /api/v1/nodes/a', 'DELETE /api/v1/nodes/a']);
  });

  it('calls a cluster that nobody answers for unreachable', async () => {
    const server = await startApiServer(() => undefined);
    await server.close();
    const nodes = kubernetesNodes(openCluster(server, token, now));
    await expect(nodes.get('a')).rejects.toThrow('The API server cannot be reached: ECONNREFUSED');
  });

  it('calls a failing or overloaded API server unreachable', async () => {
    let status = 503;
    const server = await started((_request, response) => json(response, status, failure('etcd leader changed')));
    const nodes = kubernetesNodes(openCluster(server, token, now));
    await expect(nodes.get('a')).rejects.toThrow('The API server answered 503: etcd leader changed');
    status = 429;
    await expect(nodes.get('a')).rejects.toBeInstanceOf(ClusterUnreachable);
  });

  it('sends nothing to a server that another authority vouches for', async () => {
    const [real, other] = [await started(() => undefined), await started(() => undefined, 'other')];
    const mixed = { endpoint: real.endpoint, certificateAuthority: other.certificateAuthority };
    await expect(kubernetesNodes(openCluster(mixed, token, now)).get('a')).rejects.toBeInstanceOf(ClusterUntrusted);
    expect(real.requests).toEqual([]);
  });

  it('accepts the name that the registry entry says is in the certificate', async () => {
    const server = await started((_request, response) => json(response, 200, node), 'kubernetes.default.svc');
    await expect(kubernetesNodes(openCluster(server, token, now)).get('a')).rejects.toBeInstanceOf(ClusterUntrusted);
    const named = { ...server, tlsServerName: 'kubernetes.default.svc' };
    expect(await kubernetesNodes(openCluster(named, token, now)).get('a')).toMatchObject({ name: 'a' });
  });

  it('names the RBAC rule that is missing', async () => {
    const message =
      'nodes "a" is forbidden: User "tender" cannot get resource "nodes" in API group "" at the cluster scope';
    const server = await started((_request, response) => json(response, 403, failure(message)));
    const read = kubernetesCall(openCluster(server, token, now).api(CoreV1Api).readNode({ name: 'a' }));
    await expect(read).rejects.toBeInstanceOf(KubernetesForbidden);
    await expect(read).rejects.toThrow('Missing RBAC rule: {apiGroups: [""], resources: ["nodes"], verbs: ["get"]}');
  });
});
