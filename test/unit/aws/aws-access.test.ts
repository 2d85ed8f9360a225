import { createServer } from 'node:net';
import { DescribeNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { expect, it, vi } from 'vitest';
import { awsAccess } from '../../../src/aws/aws-access.ts';
import { awsCall } from '../../../src/aws/errors.ts';
import { homeAws } from '../../../src/wiring/registered-cluster.ts';

it('says which host did not answer', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  const address = server.address();
  vi.stubEnv('AWS_ENDPOINT_URL', `http://localhost:${typeof address === 'object' ? address?.port : 0}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  try {
    const eks = awsAccess({ region: 'us-east-1' }).client(EKSClient);
    const call = awsCall(eks.send(new DescribeNodegroupCommand({ clusterName: 'demo', nodegroupName: 'general' })));
    await expect(call).rejects.toMatchObject({
      name: 'AwsUnavailable',
      message: expect.stringMatching(/ \(localhost\)$/),
    });
  } finally {
    vi.unstubAllEnvs();
    server.close();
  }
});

it.each([
  [undefined, 3],
  ['8', 8],
  ['many', 3],
  ['0', 3],
])('asks as often as AWS_MAX_ATTEMPTS says: %s', async (AWS_MAX_ATTEMPTS, attempts) => {
  const eks = homeAws({ AWS_REGION: 'us-east-1', AWS_MAX_ATTEMPTS }).client(EKSClient);
  await expect(eks.config.maxAttempts()).resolves.toBe(attempts);
});
