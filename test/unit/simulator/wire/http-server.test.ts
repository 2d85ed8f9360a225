import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import * as autoscalingSdk from '@aws-sdk/client-auto-scaling';
import * as cloudwatchSdk from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as ssmSdk from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { defineService } from '../../../../simulator/cloud/service.ts';
import { CertificateAuthority, newKeyPair, privateKeyPem } from '../../../../simulator/kubernetes/pki/certificates.ts';
import { Buckets } from '../../../../simulator/s3/buckets.ts';
import { s3Service } from '../../../../simulator/s3/service.ts';
import { ConnectionError, type HttpEndpoint } from '../../../../simulator/wire/http.ts';
import { type Listening, listen } from '../../../../simulator/wire/http-server.ts';
import { Network } from '../../../../simulator/wire/network.ts';
import { account, awsWorld } from '../../../support/aws-world.ts';

const run = promisify(execFile);
const aws = await run('aws', ['--version']).then(
  () => true,
  () => false,
);
const open: Listening[] = [];

afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

async function serve(endpoint: HttpEndpoint): Promise<Listening> {
  const listening = await listen({ endpoint });
  open.push(listening);
  return listening;
}

function cloudWithS3() {
  const cloud = awsWorld();
  const buckets = new Buckets(cloud.world, account);
  buckets.putBucket('files');
  cloud.dispatcher.register(s3Service({ buckets, keys: cloud.keys, authorizer: cloud.authorizer }));
  return { ...cloud, buckets };
}

describe('the front on a socket', () => {
  it('serves an SDK client by path-style addresses', async () => {
    const { front, buckets } = cloudWithS3();
    const { url } = await serve(front);
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: url,
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });

    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'a/b', Body: 'over the wire' }));
    const got = await s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'a/b' }));

    expect(await got.Body?.transformToString()).toBe('over the wire');
    expect(buckets.text('files', 'a/b')).toBe('over the wire');
    s3.destroy();
  });

  it('streams an answer chunk by chunk, and tells the endpoint when the client goes', async () => {
    let gone = false;
    const { url } = await serve({
      async handle(request) {
        async function* chunks() {
          yield Buffer.from('first\n');
          await new Promise((resolve) => request.signal?.addEventListener('abort', resolve, { once: true }));
          gone = true;
        }
        return { status: 200, headers: {}, body: chunks() };
      },
    });

    const first = await new Promise<string>((resolve, reject) => {
      const client = get(url, (response) => {
        response.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
          client.destroy();
        });
      });
      client.once('error', reject);
    });

    expect(first).toBe('first\n');
    await expect.poll(() => gone, { timeout: 10_000 }).toBe(true);
  });

  it('breaks the connection where the endpoint does', async () => {
    const { url } = await serve({
      handle: () => Promise.reject(new ConnectionError('ECONNRESET', 'socket hang up')),
    });

    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('closes although a watch is running', async () => {
    const listening = await listen({
      endpoint: {
        async handle(request) {
          async function* forever() {
            yield Buffer.from('x');
            await new Promise((resolve) => request.signal?.addEventListener('abort', resolve, { once: true }));
          }
          return { status: 200, headers: {}, body: forever() };
        },
      },
    });
    const response = await fetch(listening.url);

    await listening.close();

    await expect(response.text()).rejects.toThrow();
  });
});

describe('an endpoint behind TLS', () => {
  const ca = new CertificateAuthority('kubernetes', Date.parse('2026-01-01T00:00:00Z'));
  const issue = (commonName: string, usage: 'client auth' | 'server auth') => {
    const keyPair = newKeyPair();
    const validity = { notBefore: Date.parse('2026-01-01T00:00:00Z'), notAfter: Date.parse('2046-01-01T00:00:00Z') };
    const subject = { commonName };
    const ipAddresses = ['127.0.0.1'];
    const cert = ca.issue({ subject, publicKey: keyPair.publicKey, usages: [usage], ipAddresses, ...validity });
    return { cert, key: privateKeyPem(keyPair) };
  };

  it('learns the client certificate, and lets in who has none', async () => {
    const seen: (string | undefined)[] = [];
    const endpoint: HttpEndpoint = {
      async handle({ clientCertificate }) {
        seen.push(clientCertificate);
        return { status: 200, headers: {}, body: new Uint8Array() };
      },
    };
    const listening = await listen({ endpoint, tls: { ...issue('apiserver', 'server auth'), ca: ca.certificate } });
    open.push(listening);
    const client = issue('system:node:a', 'client auth');
    const call = (options: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = httpsRequest(listening.url, { ca: ca.certificate, agent: false, ...options }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        });
        sent.once('error', reject).end();
      });

    const statuses = [await call(client), await call({})];

    expect(statuses).toEqual([200, 200]);
    expect(seen[0]?.replace(/\s/g, '')).toBe(client.cert.replace(/\s/g, ''));
    expect(seen[1]).toBeUndefined();
  });
});

describe.skipIf(!aws)('the AWS CLI (skipped where `aws` is not installed)', { timeout: 120_000 }, () => {
  const cli = async (url: string, ...args: string[]) => {
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const { stdout } = await run('aws', [...args, '--output', 'json'], { env });
    return stdout;
  };

  it('reads groups, puts metrics, writes and lists objects, and sees errors by their code', async () => {
    const cloud = cloudWithS3();
    let metric: unknown;
    cloud.dispatcher.register(
      defineService('autoscaling', autoscalingSdk, {
        DescribeAutoScalingGroups: {
          run: ({ AutoScalingGroupNames: names }) => ({
            AutoScalingGroups: (names ?? []).map((AutoScalingGroupName) => ({
              AutoScalingGroupName,
              MinSize: 1,
              MaxSize: 3,
              DesiredCapacity: 2,
              DefaultCooldown: 300,
              AvailabilityZones: ['us-east-1a'],
              HealthCheckType: 'EC2',
              CreatedTime: new Date('2026-03-02T09:00:00Z'),
            })),
          }),
        },
      }),
    );
    cloud.dispatcher.register(
      defineService('cloudwatch', cloudwatchSdk, {
        PutMetricData: {
          run: (input) => {
            metric = input.MetricData;
            return {};
          },
        },
      }),
    );
    cloud.dispatcher.register(
      defineService('ssm', ssmSdk, { GetParameter: { run: ({ Name }) => ({ Parameter: { Name, Value: 'v' } }) } }),
    );
    const { url } = await serve(cloud.front);

    const [groups, parameter, , refused] = await Promise.all([
      cli(url, 'autoscaling', 'describe-auto-scaling-groups', '--auto-scaling-group-names', 'a', 'b'),
      cli(url, 'ssm', 'get-parameter', '--name', '/x'),
      cli(
        url,
        'cloudwatch',
        'put-metric-data',
        '--namespace',
        'n',
        '--metric-name',
        'm',
        '--value',
        '1.5',
        '--dimensions',
        'k=v',
      ),
      cli(url, 's3api', 'get-object', '--bucket', 'files', '--key', 'none', '/dev/null').catch(
        (error: Error) => error.message,
      ),
    ]);
    await cli(url, 's3api', 'put-object', '--bucket', 'files', '--key', 'dir/x y', '--body', 'package.json');
    const listed = await cli(url, 's3api', 'list-objects-v2', '--bucket', 'files', '--prefix', 'dir/');

    expect(JSON.parse(groups).AutoScalingGroups).toMatchObject([
      { AutoScalingGroupName: 'a', CreatedTime: expect.stringContaining('2026-03-02T09:00:00') },
      { AutoScalingGroupName: 'b' },
    ]);
    expect(JSON.parse(parameter).Parameter).toEqual({ Name: '/x', Value: 'v' });
    expect(metric).toMatchObject([{ MetricName: 'm', Value: 1.5, Dimensions: [{ Name: 'k', Value: 'v' }] }]);
    expect(refused).toContain('(NoSuchKey)');
    expect(JSON.parse(listed).Contents).toMatchObject([{ Key: 'dir/x y' }]);
  });
});

describe('the simulated network', () => {
  const request = { method: 'GET', port: 443, path: '/', headers: {}, body: new Uint8Array() };
  const origin = { kind: 'outside', name: '' } as const;
  const named = (status: number): HttpEndpoint => ({
    handle: async () => ({ status, headers: {}, body: new Uint8Array() }),
  });

  it('leads AWS hosts to AWS, attached hosts to their endpoint, and others nowhere', async () => {
    const network = new Network(named(200));
    const detach = network.attach('api.demo.example.com', named(201));

    const statuses = [
      (await network.request({ ...request, host: 'ec2.us-east-1.amazonaws.com' }, origin)).status,
      (await network.request({ ...request, host: 'API.demo.example.com' }, origin)).status,
    ];
    detach();

    expect(statuses).toEqual([200, 201]);
    await expect(network.request({ ...request, host: 'api.demo.example.com' }, origin)).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });
});
