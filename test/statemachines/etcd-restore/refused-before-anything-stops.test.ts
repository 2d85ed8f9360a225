import { describe, expect, it } from 'vitest';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import {
  type RestoreScenario,
  rehearseRestore,
  restoreEnds,
  startRestore,
} from '../../support/etcd/restore-scenario.ts';

const [, { title, release }] = etcdReleases();
const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release || !long)(title, { timeout: 120_000 }, () => {
  it('refuses while etcd has its quorum, a snapshot of another etcd, one that is damaged, and one that is not there; a plan ends with the showing', async () => {
    if (!release) return;
    const restore: RestoreScenario = await rehearseRestore(release, { size: 1 });
    const { scenario, controlPlane } = restore;
    try {
      const run = (input: object) => restoreEnds(restore, startRestore(restore, input));
      const writer = controlPlane.writer();
      await writer.put('/registry/pods/default/a', 'a pod');
      writer.close();
      const { id } = (await snapshot(scenario)) as { readonly id: string };
      const before = await controlPlane.open(0).status();

      expect(await run({ approve: true })).toMatchObject({
        error: 'EtcdNotRestored',
        cause: expect.stringMatching(/etcd has its quorum.*up to 0 revisions.*add "discardLiveData": "demo"/s),
      });
      const discard = { discardLiveData: 'demo', approve: true };
      expect(await run({ ...discard, snapshot: 'etcd/other/20261129T104324Z-r42.db.zst' })).toMatchObject({
        cause: expect.stringContaining('SnapshotNotFound'),
      });
      expect(await run({ ...discard, plan: true })).toMatchObject({
        resumes: false,
        snapshotId: id,
        quorum: 'kept',
        shows: expect.stringMatching(/^Snapshot .*No drill has restored it yet/s),
      });

      const record = Buffer.from(snapshotBucket(scenario).body(`etcd/demo/${id}.json`)).toString();
      const put = (key: string, Body: Uint8Array | string) =>
        scenario.operate('s3', 'PutObject', {
          Bucket: scenario.deployment.resource('SnapshotBucket'),
          Key: key,
          Body: Buffer.from(Body),
          ServerSideEncryption: 'aws:kms',
        });
      await put(`etcd/demo/${id}.json`, record.replace(before.clusterId, 'abad1dea'));
      expect(await run(discard)).toMatchObject({ cause: expect.stringContaining('is of the etcd cluster abad1dea') });
      await put(`etcd/demo/${id}.json`, record.replace('"cluster":"demo"', '"cluster":"other"'));
      expect(await run(discard)).toMatchObject({ cause: expect.stringContaining('SnapshotForeign') });
      await put(`etcd/demo/${id}.json`, record);
      const body = Buffer.from(snapshotBucket(scenario).body(`etcd/demo/${id}.db.zst`));
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      await put(`etcd/demo/${id}.db.zst`, body);
      expect(await run(discard)).toMatchObject({ cause: expect.stringContaining('SnapshotDamaged') });

      expect(await controlPlane.open(0).status()).toMatchObject({
        clusterId: before.clusterId,
        leaderId: before.leaderId,
      });
      expect(controlPlane.node(0).kubelet.runs('kube-apiserver')).toBe(true);
      expect(scenario.events('StateEntered').some(({ details }) => details.state === 'FenceControlPlane')).toBe(false);
    } finally {
      await controlPlane.stop();
    }
  });
});
