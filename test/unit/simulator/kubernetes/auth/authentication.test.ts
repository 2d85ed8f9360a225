import { describe, expect, it } from 'vitest';
import { SimulatedCluster } from '../../../../../simulator/kubernetes/simulated-cluster.ts';
import { World } from '../../../../../simulator/world/world.ts';
import { HOST, TestClient, testCluster } from '../test-cluster.ts';

const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

async function whoIs(client: TestClient) {
  const { status, body } = await client.post(WHO, review);
  return status === 201 ? [body.status.userInfo.username, body.status.userInfo.groups] : status;
}

describe('authentication', () => {
  it('knows a bootstrap token until it expires', async () => {
    const { cluster, world, withToken } = testCluster();
    const token = cluster.seed.bootstrapToken({
      id: 'abcdef',
      secret: '0123456789abcdef',
      groups: ['system:bootstrappers:tender'],
      seconds: 60,
    });
    expect(await whoIs(withToken(token))).toEqual([
      'system:bootstrap:abcdef',
      ['system:bootstrappers', 'system:bootstrappers:tender', 'system:authenticated'],
    ]);
    await world.advance(61_000);
    expect(await whoIs(withToken(token))).toBe(401);
    expect(cluster.store.find('secrets', 'bootstrap-token-abcdef', 'kube-system')).toBeUndefined();
  });

  it('knows a service account token until its account is gone', async () => {
    const { cluster, withToken } = testCluster();
    const token = cluster.issueServiceAccountToken('default', 'robot');
    expect(await whoIs(withToken(token))).toEqual([
      'system:serviceaccount:default:robot',
      ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    ]);
    expect(await whoIs(withToken(`${token.slice(0, -4)}AAAA`))).toBe(401);
    cluster.store.remove('serviceaccounts', 'robot', 'default');
    expect(await whoIs(withToken(token))).toBe(401);
  });

  it('believes no certificate of another authority', async () => {
    const { cluster } = testCluster();
    const other = testCluster().cluster.clientCertificate('root', ['system:masters']).certificate;
    expect(await whoIs(new TestClient(cluster, {}, other))).toBe(401);
  });

  it('lets only those impersonate who may', async () => {
    const { admin, as } = testCluster();
    const headers = { 'impersonate-user': 'system:serviceaccount:default:robot' };
    const path = '/api/v1/nodes';
    expect((await admin.call('GET', path, undefined, headers)).body.message).toBe(
      'nodes is forbidden: User "system:serviceaccount:default:robot" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect((await as('nobody').call('GET', path, undefined, { 'impersonate-user': 'root' })).body.message).toBe(
      'users "root" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  it('maps the role of an IAM session to its user', async () => {
    const arn = 'arn:aws:sts::111122223333:assumed-role/tender/lambda';
    const cluster = new SimulatedCluster({
      world: new World({ seed: 1 }),
      name: 'demo',
      host: HOST,
      authenticateAwsToken: (token, clusterId) =>
        token === 'k8s-aws-v1.good' && clusterId === 'demo' ? { arn } : undefined,
      awsAccess: [
        { arn: 'arn:aws:iam::111122223333:role/tender', username: 'tender:{{SessionName}}', groups: ['tender'] },
      ],
    });
    const withToken = (token: string) => new TestClient(cluster, { authorization: `Bearer ${token}` });
    expect(await whoIs(withToken('k8s-aws-v1.good'))).toEqual(['tender:lambda', ['tender', 'system:authenticated']]);
    expect(await whoIs(withToken('k8s-aws-v1.bad'))).toBe(401);
  });
});
