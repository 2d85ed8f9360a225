import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../rehearsal/processes/certificate-authority.ts';
import type { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { FaultProxy } from '../../support/etcd/fault-proxy.ts';

const { title, release } = anyEtcd();
const MiB = 1024 * 1024;

describe.skipIf(!release)(title, () => {
  let cluster: EtcdCluster;
  let proxy: FaultProxy;

  beforeAll(async () => {
    if (release) cluster = await EtcdCluster.start(release);
    const writer = cluster.writer();
    await writer.fill(4);
    writer.close();
    proxy = await FaultProxy.start(
      cluster.target(),
      await cluster.issue({ commonName: 'proxy', ipAddresses: ['127.0.0.1'] }),
    );
  });
  afterEach(() => {
    proxy.fault = undefined;
  });
  afterAll(async () => {
    await proxy?.stop();
    await cluster?.stop();
  });

  /** Reads a snapshot to its end and gives how many bytes it had. */
  async function size(endpoint: EtcdEndpoint, timeoutMs = 20_000): Promise<number> {
    let bytes = 0;
    for await (const chunk of endpoint.snapshot(timeoutMs)) bytes += chunk.length;
    return bytes;
  }

  const throughProxy = () => cluster.open('m1', { url: proxy.url });

  describe('a snapshot', () => {
    it('passes a proxy whole', async () => {
      const bytes = await size(throughProxy());

      expect(bytes).toBe((await cluster.open().status()).databaseBytes + 32);
    });

    it.each([0, 3, 5, 40_000, 2 * MiB, 4 * MiB + 11])(
      'that ends after %i bytes without trailers is broken',
      async (afterBytes) => {
        proxy.fault = { kind: 'end-without-trailers', afterBytes };

        await expect(size(throughProxy())).rejects.toMatchObject({ name: 'EtcdAnswerBroken' });
      },
    );

    it('that lost its rest is broken, although its status is good', async () => {
      proxy.fault = { kind: 'lose-the-rest', afterBytes: 2 * MiB };

      await expect(size(throughProxy())).rejects.toMatchObject({ name: 'EtcdAnswerBroken' });
    });

    it.each(['cut', 'reset'] as const)('whose connection is %s half-way fails', async (kind) => {
      proxy.fault = { kind, afterBytes: 2 * MiB };

      await expect(size(throughProxy())).rejects.toMatchObject({
        name: expect.stringMatching(/^(EtcdUnavailable|EtcdAnswerBroken)$/),
      });
    });

    it('that sends no more fails when its time is over, with what had come', async () => {
      proxy.fault = { kind: 'stall', afterBytes: 2 * MiB };

      await expect(size(throughProxy(), 400)).rejects.toMatchObject({
        name: 'EtcdUnavailable',
        message: expect.stringContaining('0.4 s'),
      });
    });

    it('goes on after a broken one, on the same endpoint', async () => {
      const endpoint = throughProxy();
      proxy.fault = { kind: 'cut', afterBytes: MiB };
      await expect(size(endpoint)).rejects.toThrow();
      proxy.fault = undefined;

      expect(await size(endpoint)).toBeGreaterThan(4 * MiB);
    });

    it('is held back by a reader that takes its time: no more than the windows is under way', async () => {
      const writer = cluster.writer();
      await writer.fill(12);
      writer.close();
      let read = 0;
      let underWay = 0;
      for await (const chunk of throughProxy().snapshot(20_000)) {
        read += chunk.length;
        if (read < 2 * MiB || underWay > 0) continue;
        await new Promise((resolve) => setTimeout(resolve, 400));
        underWay = proxy.passed - read;
      }

      // Window of the stream, and what the sockets of both sides hold.
      expect(underWay).toBeLessThan(6 * MiB);
      expect(read).toBeGreaterThan(12 * MiB);
    });

    it('that nobody wants to the end lets go of the member', async () => {
      const endpoint = throughProxy();
      for await (const chunk of endpoint.snapshot(20_000)) if (chunk.length > 0) break;

      expect(await endpoint.status()).toMatchObject({ isLearner: false });
    });
  });

  describe('an endpoint', () => {
    it('whose certificate is of another authority is not trusted', async () => {
      const other = await CertificateAuthority.create('other');
      const endpoint = cluster.open('m1', { certificateAuthority: other.certificate });

      await expect(endpoint.status()).rejects.toMatchObject({ name: 'EtcdUntrusted' });
    });

    it('whose certificate has another name is not trusted', async () => {
      await expect(cluster.open('m1', { serverName: 'etcd.elsewhere' }).status()).rejects.toMatchObject({
        name: 'EtcdUntrusted',
        message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
      });
    });

    it('is reached under a name that its certificate has', async () => {
      expect(await cluster.open('m1', { serverName: 'etcd.test' }).status()).toMatchObject({ isLearner: false });
    });

    it('that does not know the client’s authority denies access', async () => {
      const other = await CertificateAuthority.create('other');
      const stranger = await other.issue({ commonName: 'stranger' });

      await expect(cluster.open('m1', stranger).status()).rejects.toMatchObject({ name: 'EtcdAccessDenied' });
    });

    it('where nobody listens is unavailable', async () => {
      await expect(cluster.open('m1', { url: 'https://127.0.0.1:1' }).status()).rejects.toMatchObject({
        name: 'EtcdUnavailable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });

    it('that speaks no TLS is unavailable', async () => {
      const server = createServer((socket) => socket.end('what?'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;

      await expect(cluster.open('m1', { url: `https://127.0.0.1:${port}` }).status()).rejects.toMatchObject({
        name: 'EtcdUnavailable',
      });
      server.close();
    });
  });
});

describe.skipIf(!release)(title, () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    if (release) cluster = await EtcdCluster.start(release, { size: 3 });
  });
  afterAll(() => cluster?.stop());

  it('of three members fails in the middle of a snapshot whose member dies, and goes on in the middle of one whose leader does', async () => {
    const writer = cluster.writer('m1');
    await writer.fill(12);
    const { leader, followers } = await cluster.roles();
    const [survivor = '', victim = ''] = followers;
    writer.close();

    const lost = drain(cluster.open(victim), () => cluster.kill(victim));
    await expect(lost).rejects.toMatchObject({ name: expect.stringMatching(/^Etcd(Unavailable|AnswerBroken)$/) });
    const kept = await drain(cluster.open(survivor), () => cluster.kill(leader));

    expect(kept).toBeGreaterThan(12 * MiB);
    // One of three is no quorum: the member still answers, and says that there is no leader.
    await expect.poll(async () => (await cluster.open(survivor).status()).leaderId, { timeout: 10_000 }).toBe('0');
  });

  /** Reads a snapshot; something happens after its first MiB, of which no more than the windows can be under way. */
  async function drain(endpoint: EtcdEndpoint, happen: () => Promise<void>): Promise<number> {
    let bytes = 0;
    let happened = false;
    for await (const chunk of endpoint.snapshot(20_000)) {
      bytes += chunk.length;
      if (happened || bytes < MiB) continue;
      happened = true;
      await happen();
    }
    return bytes;
  }
});
