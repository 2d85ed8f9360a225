import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../../simulator/world/faults.ts';
import { node, pod, testCluster } from '../test-cluster.ts';

const anything = () => true;

describe('the simulated API server', () => {
  it.each<[Fault, string]>([
    [{ kind: 'refuse' }, 'ECONNREFUSED'],
    [{ kind: 'lose-response' }, 'ECONNRESET'],
  ])('breaks the connection of a request that meets %j', async (fault, code) => {
    const { world, admin } = testCluster();
    world.faults.plant(({ operation }) => operation === 'create nodes', fault, 1);
    await expect(admin.post('/api/v1/nodes', node('a'))).rejects.toMatchObject({ code });
    expect((await admin.get('/api/v1/nodes/a')).status).toBe(fault.kind === 'refuse' ? 404 : 200);
  });

  it('throttles with the words and the header of the real one', async () => {
    const { world, admin } = testCluster();
    world.faults.plant(anything, { kind: 'throttle' }, 1);
    const { status, headers, body } = await admin.get('/api/v1/nodes');
    expect([status, headers['retry-after'], body]).toEqual([429, '1', 'Too many requests, please try again later.\n']);
  });

  it('kills a Lambda function after its call took effect, and nobody else', async () => {
    const { world, cluster, admin } = testCluster();
    world.faults.plant(({ mutating }) => mutating, { kind: 'kill-after' });
    const token = cluster.addStaticToken({ username: 'root', groups: ['system:masters'] });
    const request = {
      method: 'POST',
      host: cluster.host,
      port: 6443,
      path: '/api/v1/nodes',
      headers: { authorization: `Bearer ${token}` },
      body: Buffer.from(JSON.stringify(node('a'))),
    };
    await expect(cluster.handle(request, { kind: 'lambda', name: 'join' })).rejects.toMatchObject({
      name: 'KillCaller',
      when: 'after',
    });
    expect((await admin.post('/api/v1/nodes', node('a'))).body.reason).toBe('AlreadyExists');
  });

  it('zips a large list for who asks', async () => {
    const { cluster, admin } = testCluster();
    for (let i = 0; i < 400; i += 1) cluster.seed.pod({ name: `p${i}`, labels: { filler: 'x'.repeat(60) } });
    const response = await admin.raw('GET', '/api/v1/pods', undefined, { 'accept-encoding': 'gzip' });
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(response.body as Uint8Array).toString()).items).toHaveLength(400);
  });

  it('pages through a list without losing or doubling anything', async () => {
    const { cluster, admin } = testCluster();
    for (let i = 0; i < 25; i += 1) cluster.seed.pod({ name: `p${String(i).padStart(2, '0')}` });
    const names: string[] = [];
    let next = '';
    do {
      const { body } = await admin.get(`/api/v1/pods?limit=10${next && `&continue=${next}`}`);
      names.push(...body.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      next = body.metadata.continue ?? '';
    } while (next !== '');
    expect(new Set(names).size).toBe(25);
    expect(names).toEqual([...names].sort());
  });

  it('refuses custom resources clearly', async () => {
    const { admin } = testCluster();
    const { status, body } = await admin.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {});
    expect([status, body.message]).toEqual([
      501,
      'the simulated API server does not support CustomResourceDefinitions',
    ]);
  });

  it('changes nothing on a dry run', async () => {
    const { admin } = testCluster();
    expect((await admin.post('/api/v1/nodes?dryRun=All', node('a'))).status).toBe(201);
    expect((await admin.get('/api/v1/nodes/a')).status).toBe(404);
  });

  it('holds a deleted object until its last finalizer is gone', async () => {
    const { admin } = testCluster();
    await admin.post('/api/v1/nodes', node('a', { finalizers: ['example.com/hold'] }));
    const deleted = await admin.delete('/api/v1/nodes/a');
    expect(deleted.body.metadata.deletionTimestamp).toBeDefined();
    await admin.patch('/api/v1/nodes/a', { metadata: { finalizers: null } }, 'merge-patch');
    expect((await admin.get('/api/v1/nodes/a')).status).toBe(404);
  });

  it('deletes an unscheduled pod at once', async () => {
    const { admin } = testCluster();
    await admin.post('/api/v1/namespaces/default/pods', pod('p'));
    await admin.delete('/api/v1/namespaces/default/pods/p');
    expect((await admin.get('/api/v1/namespaces/default/pods/p')).status).toBe(404);
  });

  it('applies server-side: creates what is missing, merges into what is there', async () => {
    const { admin } = testCluster();
    const path = '/api/v1/namespaces/default/configmaps/c?fieldManager=test';
    const apply = (data: object) =>
      admin.call(
        'PATCH',
        path,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data },
        { 'content-type': 'application/apply-patch+yaml' },
      );
    expect((await apply({ a: '1' })).status).toBe(201);
    expect((await apply({ b: '2' })).body.data).toEqual({ a: '1', b: '2' });
  });
});
