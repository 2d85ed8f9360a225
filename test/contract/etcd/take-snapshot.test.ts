import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pruneSnapshots } from '../../../src/etcd/prune-snapshots.ts';
import { takeSnapshot } from '../../../src/etcd/take-snapshot.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd, contractedEtcd } from '../../support/etcd/etcd-releases.ts';
import { type Fault, FaultProxy } from '../../support/etcd/fault-proxy.ts';
import { simulatedBucket } from '../../support/etcd/simulated-bucket.ts';

const now = () => new Date();
const timedOut = () => Object.assign(new Error('timed out'), { name: 'TimeoutError' });

/** An API server that says what it is. */
const kubernetes = { version: async () => 'v1.36.3' };

/** Takes a snapshot of everything that is reachable, with ten minutes of time. */
function take(
  sources: Parameters<typeof takeSnapshot>[1],
  { store }: ReturnType<typeof simulatedBucket>,
  { newHistory = false, seconds = 600 } = {},
) {
  const deadline = new Date(Date.now() + seconds * 1000);
  return takeSnapshot({ cluster: 'demo', newHistory, deadline }, sources, store, kubernetes, now);
}

for (const { title, release } of [contractedEtcd(process.env.TENDER_LONG)]) {
  describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
    let cluster: EtcdCluster;
    beforeAll(async () => {
      if (release) cluster = await EtcdCluster.start(release, { size: 3 });
      const writer = cluster.writer();
      await writer.fill(2);
      for (const name of ['old', 'new']) await writer.put(`/registry/secrets/${name}`, `k8s:enc:aescbc:v1:${name}:…`);
      writer.close();
      await cluster.untilAllHaveIt();
    });
    afterAll(() => cluster?.stop());

    const sources = () => cluster.names.map((name) => cluster.open(name));

    it('stores a follower’s database, which a restore accepts, with a record of what it is', async () => {
      const bucket = simulatedBucket();

      const { outcome, record } = await take(sources(), bucket);

      expect(outcome).toBe('taken');
      expect(bucket.keys()).toEqual([`etcd/demo/${record.id}.db.zst`, `etcd/demo/${record.id}.json`]);
      const { followers } = await cluster.roles();
      expect(followers.map((name) => cluster.member(name).url)).toContain(record.etcd.url);
      const status = await cluster.open().status();
      expect(record).toMatchObject({
        cluster: 'demo',
        etcd: { clusterId: status.clusterId, version: release?.version, alarms: [] },
        // By the key with which the last Secret was encrypted.
        kubernetes: { version: 'v1.36.3', encryption: 'aescbc new' },
        revision: { before: status.revision, after: status.revision },
      });
      const file = join(cluster.directory, 'ours.db');
      await writeFile(file, zstdDecompressSync(bucket.body(`etcd/demo/${record.id}.db.zst`)));
      expect(await readFile(file)).toHaveLength(record.database.bytes);
      expect(await cluster.snapshotStatus(file)).toMatchObject({ revision: status.revision });
      await cluster.restore(file, join(cluster.directory, 'restored'));
    });

    it('takes none when nothing was written since, and one when something was', async () => {
      const bucket = simulatedBucket();
      const { record: first } = await take(sources(), bucket);

      expect(await take(sources(), bucket)).toEqual({ outcome: 'unchanged', record: first });
      const writer = cluster.writer();
      await writer.put('/another', 'one');
      writer.close();
      // It is taken from a follower.
      await cluster.untilAllHaveIt();
      const { outcome, record } = await take(sources(), bucket);

      expect({ outcome, before: record.revision.before }).toEqual({
        outcome: 'taken',
        before: first.revision.before + 1,
      });
    });

    it('restores what was taken while others write at full speed, at a revision within the bracket', async () => {
      const bucket = simulatedBucket();
      const writers = [cluster.writer('m1'), cluster.writer('m2')];
      let writing = true;
      const busy = writers.map(async (writer, who) => {
        for (let n = 0; writing; n += 1) await writer.put(`/busy/${who}/${n % 200}`, `value ${n}`);
      });

      const { record } = await take(sources(), bucket);

      writing = false;
      await Promise.all(busy);
      for (const writer of writers) writer.close();
      const file = join(cluster.directory, 'busy.db');
      await writeFile(file, zstdDecompressSync(bucket.body(`etcd/demo/${record.id}.db.zst`)));
      const { revision } = (await cluster.snapshotStatus(file)) as { readonly revision: number };
      expect(record.revision.after).toBeGreaterThan(record.revision.before);
      expect(revision).toBeGreaterThanOrEqual(record.revision.before);
      expect(revision).toBeLessThanOrEqual(record.revision.after);
      await cluster.restore(file, join(cluster.directory, 'busy'));
    });
  });
}

const { title, release } = anyEtcd();

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let cluster: EtcdCluster;
  let proxy: FaultProxy;
  let bucket: ReturnType<typeof simulatedBucket>;
  let before: string[];

  beforeAll(async () => {
    if (release) cluster = await EtcdCluster.start(release);
    const writer = cluster.writer();
    await writer.fill(10);
    writer.close();
    const certificate = await cluster.issue({ commonName: 'proxy', ipAddresses: ['127.0.0.1'] });
    proxy = await FaultProxy.start(cluster.target(), certificate);
  });
  beforeEach(async () => {
    bucket = simulatedBucket();
    await take([cluster.open()], bucket);
    before = bucket.keys();
    const writer = cluster.writer();
    await writer.put('/changed', String(Date.now()));
    writer.close();
    proxy.fault = undefined;
    await bucket.world.advance(1_000);
  });
  afterAll(async () => {
    await proxy?.stop();
    await cluster?.stop();
  });

  const throughProxy = () => [cluster.open('m1', { url: proxy.url })];
  const untouched = () => {
    expect(bucket.keys()).toEqual(before);
    expect(bucket.uploads()).toBe(0);
  };

  it.each<Fault['kind']>(['end-without-trailers', 'lose-the-rest', 'cut', 'reset'])(
    'leaves nothing of a stream that is broken: %s, at any offset',
    async (kind) => {
      const { databaseBytes } = await cluster.open().status();
      for (const share of [0, 0.4, 0.999_99]) {
        proxy.fault = { kind, afterBytes: Math.floor(databaseBytes * share) } as Fault;

        await expect(take(throughProxy(), bucket)).rejects.toMatchObject({
          name: expect.stringMatching(/^(EtcdAnswerBroken|EtcdUnavailable|SnapshotCorrupt)$/),
        });
        untouched();
      }
    },
  );

  it('leaves nothing of a stream in which one byte is another, or it was none of the database’s', async () => {
    const { databaseBytes } = await cluster.open().status();
    const names = new Set<string>();
    for (let at = 977; at < databaseBytes; at += Math.ceil(databaseBytes / 6)) {
      proxy.fault = { kind: 'flip', atByte: at };

      names.add(
        await take(throughProxy(), bucket).then(
          ({ outcome }) => outcome,
          (error: Error) => error.name,
        ),
      );
      untouched();
    }

    expect([...names].every((name) => ['SnapshotCorrupt', 'EtcdAnswerBroken'].includes(name))).toBe(true);
    expect(names).toContain('SnapshotCorrupt');
  });

  it.each([
    ['500', Object.assign(new Error('We encountered an internal error.'), { name: 'InternalError' }), 'AwsUnavailable'],
    ['503', Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }), 'AwsThrottled'],
    ['a stalled connection', timedOut(), 'AwsUnavailable'],
    ['credentials that expired', Object.assign(new Error('expired'), { name: 'ExpiredToken' }), 'AwsAccessDenied'],
  ])('leaves nothing when S3 answers a part with %s', async (_, error, name) => {
    for (const broken of [1, 2]) {
      bucket.faults.before = ({ kind, part }) => {
        if (kind === 'part' && part === broken) throw error;
      };

      await expect(take([cluster.open()], bucket)).rejects.toMatchObject({ name });
      untouched();
    }
  });

  it.each(['begin', 'complete'])(
    'leaves nothing when S3 does not answer the call that is to %s the upload',
    async (broken) => {
      bucket.faults.before = ({ kind }) => {
        if (kind === broken) throw timedOut();
      };

      await expect(take([cluster.open()], bucket)).rejects.toMatchObject({ name: 'AwsUnavailable' });
      untouched();
    },
  );

  it('has its snapshot when S3 completed the upload and only the answer was lost', async () => {
    let lost = 0;
    bucket.faults.after = ({ kind }) => {
      if (kind === 'complete' && lost++ === 0) throw timedOut();
    };

    expect(await take([cluster.open()], bucket)).toMatchObject({ outcome: 'taken' });
    expect({ keys: bucket.keys().length, uploads: bucket.uploads(), lost }).toEqual({ keys: 4, uploads: 0, lost: 2 });
  });

  it('fails before the first part when there is no time for it', async () => {
    await expect(take([cluster.open()], bucket, { seconds: 5 })).rejects.toMatchObject({ name: 'SnapshotTooSlow' });
    untouched();
  });

  it('refuses a revision that went back and another cluster, until somebody says that a new history begins', async () => {
    if (!release) return;
    const other = await EtcdCluster.start(release);
    try {
      await expect(take([other.open()], bucket)).rejects.toMatchObject({ name: 'EtcdClusterReplaced' });
      untouched();
      expect(await take([other.open()], bucket, { newHistory: true })).toMatchObject({ outcome: 'taken' });
    } finally {
      await other.stop();
    }
  });

  it('prunes to what the policy wants, and never the newest', async () => {
    const { record } = await take([cluster.open()], bucket);
    const policy = { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 };

    const { removed, kept } = await pruneSnapshots('demo', bucket.store, policy, new Date(Date.now() + 1e12));

    expect({ removed: removed.map((id) => `etcd/demo/${id}.json`), kept }).toEqual({ removed: [before[1]], kept: 1 });
    expect(bucket.keys()).toEqual([`etcd/demo/${record.id}.db.zst`, `etcd/demo/${record.id}.json`]);
  });
});
