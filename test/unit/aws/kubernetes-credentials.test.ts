import { describe, expect, it } from 'vitest';
import { kubernetesCredentials } from '../../../src/aws/kubernetes-credentials.ts';
import { SecretUnusable } from '../../../src/clusters/errors.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const now = new Date('2026-03-02T09:00:00Z');
const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:demo';

const kubeconfig = (user: object) => `
current-context: admin@demo
contexts:
  - {name: other, context: {user: other, cluster: demo}}
  - {name: admin@demo, context: {user: admin, cluster: demo}}
users:
  - {name: other, user: {token: wrong}}
  - ${JSON.stringify({ name: 'admin', user })}
`;

function fromSecret(kind: 'token' | 'kubeconfig', SecretString: string) {
  return kubernetesCredentials({ kind, secretArn }, scriptedAws({ GetSecretValue: () => ({ SecretString }) }))(now);
}

describe('a Kubernetes credential', () => {
  it('is the token of a secret, plain or in JSON', async () => {
    expect(await fromSecret('token', 'abc\n')).toEqual({ token: 'abc' });
    expect(await fromSecret('token', '{"token": "abc"}')).toEqual({ token: 'abc' });
  });

  it("is the token or certificate of the user of a kubeconfig's current context", async () => {
    expect(await fromSecret('kubeconfig', kubeconfig({ token: 'abc' }))).toEqual({ token: 'abc' });
    const data = { 'client-certificate-data': btoa('CERT'), 'client-key-data': btoa('KEY') };
    expect(await fromSecret('kubeconfig', kubeconfig(data))).toEqual({
      clientCertificate: { certificate: 'CERT', key: 'KEY' },
    });
  });

  it.each([
    ['token', ''],
    ['token', 'two words'],
    ['token', '{"tokne": "sesame"}'],
    ['kubeconfig', 'sesame: ['],
    ['kubeconfig', kubeconfig({ exec: { command: 'sesame' } })],
    ['kubeconfig', kubeconfig({ token: 'sesame' }).replace('current-context: admin@demo', 'current-context: gone')],
  ] as const)('of a %s secret that holds something else is refused without a word of it (%#)', async (kind, secret) => {
    const refused = fromSecret(kind, secret);
    await expect(refused).rejects.toBeInstanceOf(SecretUnusable);
    await expect(refused).rejects.toThrow(secretArn);
    await expect(refused).rejects.not.toThrow('sesame');
  });

  it('of a secret that does not exist is refused by its ARN', async () => {
    const aws = scriptedAws({ GetSecretValue: () => awsError('ResourceNotFoundException') });
    await expect(kubernetesCredentials({ kind: 'token', secretArn }, aws)(now)).rejects.toThrow(
      /secret:demo cannot be used:\n- does not exist/,
    );
  });

  it('by IAM is a presigned request for 60 seconds, bound to the cluster, to be renewed after 14 minutes', async () => {
    const { token = '', goodUntil } = await kubernetesCredentials(
      { kind: 'iam', clusterId: 'demo' },
      scriptedAws({}),
    )(now);
    expect(goodUntil).toEqual(new Date('2026-03-02T09:14:00Z'));
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
    expect(url.origin).toBe('https://sts.eu-central-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Expires': '60',
      'X-Amz-Date': '20260302T090000Z',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260302/eu-central-1/sts/aws4_request',
    });
  });
});
