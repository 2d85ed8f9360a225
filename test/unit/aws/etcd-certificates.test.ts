import { describe, expect, it } from 'vitest';
import { etcdCertificates } from '../../../src/aws/etcd-certificates.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd';
const pem = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
const good = { ca: pem('CERTIFICATE'), certificate: pem('CERTIFICATE'), key: pem('EC PRIVATE KEY') };

const from = (SecretString: string) =>
  etcdCertificates(scriptedAws({ GetSecretValue: () => ({ SecretString }) }), secretArn);

describe('the certificates for etcd', () => {
  it('are those of the secret', async () => {
    expect(await from(JSON.stringify(good))).toEqual({
      certificateAuthority: good.ca,
      certificate: good.certificate,
      key: good.key,
    });
  });

  it.each([
    ['ca', { ...good, ca: 'sesame' }],
    ['certificate', { ...good, certificate: pem('PUBLIC KEY') }],
    ['key', { ca: good.ca, certificate: good.certificate, kye: 'sesame' }],
  ])('are refused when %s is not there or something else, without a word of what is', async (field, secret) => {
    const refused = from(JSON.stringify(secret));

    await expect(refused).rejects.toMatchObject({ name: 'SecretUnusable', message: expect.stringContaining(field) });
    await expect(refused).rejects.not.toThrow('sesame');
  });

  it('are refused when the secret is no JSON, or is not there', async () => {
    await expect(from('sesame')).rejects.toThrow('is no JSON with ca, certificate and key');
    const gone = scriptedAws({
      GetSecretValue: () => {
        throw awsError('ResourceNotFoundException');
      },
    });
    await expect(etcdCertificates(gone, secretArn)).rejects.toThrow('does not exist');
  });
});
