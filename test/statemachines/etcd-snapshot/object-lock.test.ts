import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { rehearseEtcd, snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    if (release) etcd = await EtcdCluster.start(release);
  });
  afterAll(() => etcd?.stop());

  /** The versions of an object that are there, markers left out. */
  function versionsOf({ cloud, deployment }: FaultScenario, key: string): readonly string[] {
    const versions = cloud.buckets.get(deployment.resource('SnapshotBucket')).versions.get(key) ?? [];
    return versions.filter(({ deleteMarker }) => !deleteMarker).map(({ versionId }) => versionId);
  }

  it.each(['GOVERNANCE', 'COMPLIANCE'])(
    'under Object Lock (%s) pruning goes on, and nobody takes away what it protects: backups of the PKI, snapshots and records',
    async (Mode) => {
      const nothing = { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 };
      const scenario = await rehearseEtcd(etcd, { snapshots: nothing });
      const Bucket = scenario.deployment.resource('SnapshotBucket');
      const rule = { DefaultRetention: { Mode, Days: 7 } };
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: rule };
      await scenario.operate('s3', 'PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration });
      const pki = ['20260301T000000Z-aaaaaaaaaaaa', '20260302T000000Z-bbbbbbbbbbbb'];
      for (const id of pki) {
        await scenario.operate('s3', 'PutObject', { Bucket, Key: `pki/demo/${id}.json`, Body: '{}' });
        await scenario.world.advance(HOUR_MS);
      }
      const { id } = (await snapshot(scenario)) as { readonly id: string };
      await scenario.world.advance(DAY_MS);
      const writer = etcd.writer();
      await writer.put('/a', Mode);
      writer.close();

      expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken', pruned: { removed: [id] } });

      const gone = [`pki/demo/${pki[0]}.json`, `etcd/demo/${id}.db.zst`, `etcd/demo/${id}.json`];
      expect(snapshotBucket(scenario).keys()).toEqual(expect.not.arrayContaining(gone));
      expect(pages(scenario)).toEqual([]);
      for (const Key of gone) {
        const [VersionId] = versionsOf(scenario, Key);
        const remove = () => scenario.operate('s3', 'DeleteObject', { Bucket, Key, VersionId });
        await expect(remove(), Key).rejects.toThrow('protected by object lock');
      }
      // Until its time is over.
      await scenario.world.advance(8 * DAY_MS);
      for (const Key of gone) {
        const [VersionId] = versionsOf(scenario, Key);
        await scenario.operate('s3', 'DeleteObject', { Bucket, Key, VersionId });
        expect(versionsOf(scenario, Key)).toEqual([]);
      }
    },
  );
});
