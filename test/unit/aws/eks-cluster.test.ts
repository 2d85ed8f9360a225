import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { eksCluster } from '../../../src/aws/eks-cluster.ts';

const aws = {
  region: 'eu-central-1',
  credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
} as AwsAccess;

let close = () => {};
afterEach(() => close());

/** An EKS that gives this answer, and remembers what it was asked. */
async function answering(status: number, body: object): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

it('asks EKS with a signed request where an API server is', async () => {
  const data = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
  const { url, asked } = await answering(200, {
    cluster: { endpoint: 'https://abc.eks.amazonaws.com', certificateAuthority: { data } },
  });

  expect(await eksCluster(aws, 'demo', url)).toEqual({
    endpoint: 'https://abc.eks.amazonaws.com',
    certificateAuthority: '-----BEGIN CERTIFICATE-----',
  });
  expect(asked[0]?.url).toBe('/clusters/demo');
  expect(asked[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/eks\/aws4_request, SignedHeaders=host;/,
  );
});

it.each([
  [404, {}, undefined],
  [200, { cluster: { status: 'CREATING' } }, undefined],
])('finds none where EKS answers %i %j', async (status, body, found) => {
  expect(await eksCluster(aws, 'demo', (await answering(status, body)).url)).toBe(found);
});

it.each([
  [403, 'AwsAccessDenied'],
  [500, 'AwsUnavailable'],
])('translates %i once', async (status, name) => {
  await expect(eksCluster(aws, 'demo', (await answering(status, {})).url)).rejects.toMatchObject({ name });
});
