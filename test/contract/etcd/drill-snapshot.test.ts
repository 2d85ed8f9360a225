import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseSnapshot } from '../../../src/etcd/choose-snapshot.ts';
import { compareHash } from '../../../src/etcd/compare-hash.ts';
import { drillSnapshot } from '../../../src/etcd/drill-snapshot.ts';
import { snapshotKey } from '../../../src/etcd/names.ts';
import type { SnapshotRecord } from '../../../src/etcd/ports.ts';
import { takeSnapshot } from '../../../src/etcd/take-snapshot.ts';
import { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import { drillGroundOf } from '../../../src/wiring/drill-of.ts';
import { clusterPki, encryptedSecret, encryptionConfiguration, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { EtcdWriter } from '../../support/etcd/etcd-writer.ts';
import { FakeSnapshotStore } from '../../support/etcd/fake-snapshot-store.ts';
import { startRealApiServer } from '../../support/kubernetes/real-api-server.ts';

const now = () => new Date();
const canaryKeys = ['/registry/namespaces/kube-system'];
const kubernetes = { version: async () => undefined };
const [old, recent] = etcdReleases();
const backup = {
  ...{ cluster: 'demo', id: 'p1', takenAt: '', fingerprint: 'f', instanceId: 'i-1', files: [], absent: [] },
  ...{ key: '', data: '' },
};

// The old release takes as long again.
for (const { title, release } of process.env.TENDER_LONG ? [old, recent] : [recent])
  describe.skipIf(!release)(title, () => {
    let cluster: EtcdCluster;
    let store: FakeSnapshotStore;
    let record: SnapshotRecord;
    let place: string;
    let programs: string;
    let files: ReadonlyMap<string, string>;

    beforeAll(async () => {
      if (!release) return;
      place = await mkdtemp(join(tmpdir(), 'drill-test-'));
      programs = join(place, 'bin');
      await mkdir(programs);
      for (const program of [release.etcd, release.restorer]) await symlink(program, join(programs, basename(program)));
      cluster = await EtcdCluster.start(release);
      const writer = cluster.writer();
      files = await clusterPki();
      for (const key of [...canaryKeys, '/registry/pods/a', '/registry/pods/b']) await writer.put(key, 'x');
      for (const [key, text] of pkiInEtcd(files)) await writer.put(key, text);
      await writer.fill(1);
      writer.close();
      store = new FakeSnapshotStore();
      const order = { cluster: 'demo', newHistory: false, deadline: new Date(Date.now() + 60_000) };
      ({ record } = await takeSnapshot(order, [cluster.open()], store, kubernetes, now));
    });
    afterAll(async () => {
      await cluster?.stop();
      if (place) await rm(place, { recursive: true, force: true });
    });

    const ground = (directory = join(place, 'drill'), PATH = programs) => drillGroundOf({ PATH }, directory);
    const drill = (over: Partial<SnapshotRecord> = {}, where = ground(), keys = canaryKeys) =>
      drillSnapshot(
        { record: { ...record, ...over }, canaryKeys: keys, pki: { backup, files, lookedAt: record.takenAt } },
        store,
        where,
        now,
      );
    const key = () => snapshotKey('demo', record.id, 'snapshot');
    /** With other bytes in the store, which the store itself believes to be right. */
    async function stored<T>(change: (bytes: Buffer) => Buffer, work: () => Promise<T>): Promise<T> {
      const object = store.objects.get(key());
      store.put(key(), change(Buffer.from(object?.bytes ?? [])));
      try {
        return await work();
      } finally {
        if (object) store.objects.set(key(), object);
      }
    }

    it('proves a snapshot by the real tools, at its exact revision, and leaves nothing', async () => {
      const live = await cluster.open().hashKv(record.revision.after);
      const proof = await drill();

      expect(proof).toMatchObject({
        cluster: 'demo',
        id: record.id,
        etcd: { version: release?.version, revision: record.revision.before, canaries: canaryKeys, hashKv: live.hash },
      });
      expect(proof.etcd.keys).toBe(await cluster.open().countKeys());
      expect(await compareHash(proof, [cluster.open()])).toBe('same');
      const broken = { ...proof, etcd: { ...proof.etcd, hashKv: proof.etcd.hashKv + 1 } };
      await expect(compareHash(broken, [cluster.open()])).rejects.toMatchObject({ name: 'EtcdDataDiffers' });
      const forgotten = { ...broken, etcd: { ...broken.etcd, compactRevision: 1 } };
      expect(await compareHash(forgotten, [cluster.open()])).toBe('compacted');
      const later = { ...broken, etcd: { ...broken.etcd, revision: 1e6 } };
      expect(await compareHash(later, [cluster.open()])).toBe('compacted');
      expect(await compareHash(proof, [])).toBe('nobody-answered');
      expect(proof.rto.seconds).toBeGreaterThan(proof.rto.downloadSeconds);
      expect(proof.kubernetes).toBeUndefined();
      expect(await readdir(place)).toEqual(['bin']);
    });

    it('a flipped byte anywhere is found before anything is restored', async () => {
      const { length } = store.objects.get(key())?.bytes ?? Buffer.alloc(0);
      for (const at of [0, 9, length >> 1, length - 1]) {
        const flipped = (bytes: Buffer) => {
          bytes[at] = 0xff ^ (bytes[at] ?? 0);
          return bytes;
        };
        await expect(stored(flipped, drill)).rejects.toMatchObject({ name: 'SnapshotDamaged' });
      }
    });

    it('a truncated file is found, wherever it was cut', async () => {
      for (const keep of [0, 1, 1000, -1]) {
        await expect(stored((bytes) => bytes.subarray(0, keep), drill)).rejects.toMatchObject({
          name: 'SnapshotDamaged',
        });
      }
      // A record that was made to fit: the database itself does not hash to its trailer then.
      const short = (bytes: Buffer) => bytes.subarray(0, bytes.length - 100);
      const fitting = { ...record.stored, bytes: record.stored.bytes - 100 };
      await expect(stored(short, () => drill({ stored: fitting }))).rejects.toMatchObject({ name: 'SnapshotDamaged' });
    });

    it('a snapshot of another revision than its record has, or without its canary keys, is not proven', async () => {
      const revision = { before: record.revision.after + 1, after: record.revision.after + 9 };
      await expect(drill({ revision })).rejects.toThrow(/RestoredDataWrong|it is at revision/);
      await expect(drill({}, ground(), ['/registry/none'])).rejects.toThrow('/registry/none is not there');
    });

    it('a foreign cluster’s snapshot is refused by its record', async () => {
      store.records.set(record.id, { ...record, cluster: 'other' });
      await expect(chooseSnapshot('demo', undefined, store)).rejects.toMatchObject({ name: 'SnapshotForeign' });
      store.records.set(record.id, record);
      expect(await chooseSnapshot('demo', record.id, store)).toEqual(record);
      await expect(chooseSnapshot('demo', record.id.replace(/.$/, '0'), store)).rejects.toThrow(
        `Did you mean ${record.id}?`,
      );
    });

    it('without the PKI that its own objects name it is not proven', async () => {
      const order = { record, canaryKeys };
      const missing = drillSnapshot({ ...order, pki: undefined }, store, ground(), now);
      await expect(missing).rejects.toMatchObject({ name: 'PkiMissing' });
      const others = drillSnapshot(
        { ...order, pki: { backup, lookedAt: record.takenAt, files: await clusterPki() } },
        store,
        ground(),
        now,
      );
      await expect(others).rejects.toMatchObject({ name: 'PkiNotMatching' });
      const lookedAt = new Date(Date.parse(record.takenAt) - 3 * 86_400_000).toISOString();
      const stale = drillSnapshot({ ...order, pki: { backup, files, lookedAt } }, store, ground(), now);
      await expect(stale).rejects.toThrow(`nobody could look at it since ${lookedAt}`);
    });

    it('without etcd in its layer it says what is missing', async () => {
      await expect(drill({}, ground(undefined, join(place, 'nothing')))).rejects.toThrow('no etcdutl');
    });

    it.skipIf(!canMount())('needs mount: a disk that fills up ends in a name of its own', async () => {
      const disk = join(place, 'disk');
      await mkdir(disk);
      for (const size of ['512k', '3m']) {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', disk]);
        try {
          const small = ground(join(disk, 'drill'));
          await expect(drill({}, small)).rejects.toThrow(/takes \d+ bytes to restore, and \d+ are free/);
          // Somebody else fills it in the middle.
          small.freeBytes = async () => {
            await mkdir(join(disk, 'drill'));
            return 1e12;
          };
          await expect(drill({}, small)).rejects.toMatchObject({ name: 'DrillDiskFull' });
          expect(await readdir(disk)).toEqual([]);
        } finally {
          execFileSync('umount', [disk]);
        }
      }
    });
  });

const assets = recent.release ? dirname(recent.release.etcd) : '';

const long = process.env.TENDER_LONG !== undefined && recent.release !== undefined;

it.runIf(long)(
  'an etcd that was out of space takes writes once it is restored (takes seconds)',
  async () => {
    const full = await EtcdCluster.start(recent.release as NonNullable<typeof recent.release>, {
      quotaBytes: 8 * 1024 ** 2,
    });
    const place = await mkdtemp(join(tmpdir(), 'drill-test-'));
    try {
      const files = await clusterPki();
      const writer = full.writer();
      for (const [key, text] of [...pkiInEtcd(files), ...canaryKeys.map((key) => [key, 'x'] as const)])
        await writer.put(key, text);
      // Etcd counts what it has written out, which it does ten times a second: so much is on its way until it refuses.
      await expect(writer.fill(200)).rejects.toThrow(/space/);
      writer.close();
      const store = new FakeSnapshotStore();
      const order = { cluster: 'demo', newHistory: false, deadline: new Date(Date.now() + 60_000) };
      const { record } = await takeSnapshot(order, [full.open()], store, kubernetes, now);
      expect(record.etcd.alarms).toEqual([expect.stringContaining('NOSPACE')]);
      const ground = drillGroundOf({ PATH: assets }, join(place, 'drill'));
      let restored: Awaited<ReturnType<typeof ground.startEtcd>> | undefined;
      const start = ground.startEtcd.bind(ground);
      ground.startEtcd = async () => {
        restored = await start();
        return restored;
      };
      let alarms: readonly unknown[] = ['not asked'];
      ground.startKubernetes = async () => {
        alarms = (await restored?.alarms()) ?? [];
        return undefined;
      };

      const pki = { backup, files, lookedAt: record.takenAt };
      expect(await drillSnapshot({ record, canaryKeys, pki }, store, ground, now)).toMatchObject({ id: record.id });
      expect(alarms).toEqual([]);
    } finally {
      await full.stop();
      await rm(place, { recursive: true, force: true });
    }
  },
  60_000,
);

it.runIf(long)(
  'an API server on the restored data lists every kind, decrypts Secrets, and takes a write; with another key it does not (takes twenty seconds)',
  async () => {
    const server = await startRealApiServer(assets);
    const place = await mkdtemp(join(tmpdir(), 'drill-test-'));
    const etcd = new EtcdEndpoint({ url: server.etcdUrl });
    try {
      const own = await clusterPki();
      const pkiWith = (byte: number) => {
        const authority = [
          ['ca.crt', server.ca],
          ['encryption-configuration.yaml', encryptionConfiguration('k', byte)],
        ] as const;
        return {
          backup,
          lookedAt: now().toISOString(),
          files: new Map([...authority, ['sa.key', own.get('sa.key') ?? '']]),
        };
      };
      const [[rootCa, published] = ['', '']] = pkiInEtcd(pkiWith(7).files);
      const writer = new EtcdWriter({ url: server.etcdUrl });
      await writer.put(rootCa, published);
      await writer.put('/registry/secrets/default/sealed', encryptedSecret('sealed', 'k', 7));
      writer.close();
      const store = new FakeSnapshotStore();
      const order = { cluster: 'demo', newHistory: false, deadline: new Date(Date.now() + 60_000) };
      const { record } = await takeSnapshot(order, [etcd], store, kubernetes, now);
      const ground = drillGroundOf({ PATH: assets }, join(place, 'drill'));
      const hasty = drillGroundOf({ PATH: assets }, join(place, 'drill'), 20_000);

      const proof = await drillSnapshot({ record, canaryKeys, pki: pkiWith(7) }, store, ground, now);

      expect(proof.kubernetes).toMatchObject({ version: expect.stringMatching(/^v1\./), unlisted: [] });
      expect(proof.kubernetes?.kinds).toBeGreaterThan(40);
      expect(proof.kubernetes?.objects).toBeGreaterThan(50);
      expect(proof.rto.kubernetesSeconds).toBeGreaterThan(0);
      expect(proof.pki.evidence).toEqual(['ca', 'encryption']);
      // A key of the same name, and another one.
      const withAnother = drillSnapshot({ record, canaryKeys, pki: pkiWith(8) }, store, hasty, now);
      await expect(withAnother).rejects.toThrow('failed to list *v1.Secret');
    } finally {
      etcd.close();
      await server.stop();
      await rm(place, { recursive: true, force: true });
    }
  },
  120_000,
);

function canMount(): boolean {
  try {
    execFileSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs none "$d" && umount "$d"; rmdir "$d"'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
