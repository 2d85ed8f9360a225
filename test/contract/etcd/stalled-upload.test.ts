import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { storeSnapshot } from '../../../src/etcd/store-snapshot.ts';
import { snapshotStoreOf } from '../../../src/wiring/etcd-of.ts';

const long = process.env.TENDER_LONG !== undefined;

/** Begins uploads and aborts them, and takes the bytes of a part without ever answering. */
async function stallingS3(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const { searchParams } = new URL(request.url ?? '/', 'http://s3');
    if (searchParams.has('partNumber')) return void seen.push('part');
    seen.push(request.method === 'DELETE' ? 'abort' : 'begin');
    if (request.method === 'DELETE') return void response.writeHead(204).end();
    response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

it.runIf(long)(
  'a connection to S3 that stalls in the middle of a part is given up (a minute and a half), and the upload is aborted',
  { timeout: 240_000 },
  async () => {
    const { url, seen } = await stallingS3();
    vi.stubEnv('AWS_ENDPOINT_URL', url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    onTestFinished(() => void vi.unstubAllEnvs());
    const settings = { SNAPSHOT_BUCKET: 'snapshots', SNAPSHOT_KEY_ARN: 'key', AWS_REGION: 'us-east-1' };
    const upload = await snapshotStoreOf({ ...process.env, ...settings }).begin('demo', '20261129T100000Z-r5');
    const database = (async function* () {
      yield Buffer.alloc(512 + 32);
    })();

    await expect(storeSnapshot(database, upload, 544, () => {})).rejects.toMatchObject({ name: 'AwsUnavailable' });

    expect(seen).toEqual(['begin', 'part', 'part', 'part', 'abort']);
  },
);
