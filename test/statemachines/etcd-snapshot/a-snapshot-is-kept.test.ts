import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { rehearseEtcd, snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import { callsOf, ownMachine, useHooks } from '../../support/scenarios/own-hooks.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();
const MINUTE_MS = 60_000;

describe.skipIf(!release)(title, () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    if (release) etcd = await EtcdCluster.start(release, { size: 3 });
    const writer = etcd.writer();
    await writer.fill(2);
    writer.close();
  });
  afterAll(() => etcd?.stop());

  async function write(key: string): Promise<void> {
    const writer = etcd.writer();
    await writer.put(key, 'x');
    writer.close();
  }

  it('has hooks of the user’s own around it, and is not taken when one holds it', async () => {
    const scenario = await rehearseEtcd(etcd);
    const run = await ownMachine(scenario, 'tender-hook-tell');
    const around = [
      { name: 'quiesce', at: 'before-snapshot', run, onFailure: 'block' },
      { name: 'resume', at: 'after-snapshot', run },
    ];
    await useHooks(scenario, around);
    const { id } = (await snapshot(scenario)) as { readonly id: string };
    expect(callsOf(scenario)).toMatchObject([
      { hook: 'quiesce', point: 'before-snapshot', instanceId: '' },
      { hook: 'resume', point: 'after-snapshot', detail: { snapshot: id, outcome: 'taken' } },
    ]);

    const refuse = await ownMachine(scenario, 'tender-hook-refuse', { fails: true });
    await useHooks(scenario, [{ ...around[0], run: refuse }]);
    await write('held');
    expect(await snapshot(scenario)).toMatchObject({
      error: 'SnapshotNotTaken',
      cause: expect.stringMatching(/the hook quiesce \(before-snapshot\) holds it/),
    });
    expect(pages(scenario)).toEqual([]);
    // What is held is followed all the same: something before it may have been begun.
    expect(callsOf(scenario).at(-1)).toMatchObject({ point: 'before-snapshot' });
  });

  it('is taken from a follower, encrypted, put on the catalogue, and restores', async () => {
    const scenario = await rehearseEtcd(etcd);
    const { followers } = await etcd.roles();

    const output = (await snapshot(scenario)) as { readonly id: string; readonly member: string };

    const key = `etcd/demo/${output.id}.db.zst`;
    const bucket = snapshotBucket(scenario);
    expect(output).toMatchObject({ outcome: 'taken', alarms: [], pruned: { removed: [], kept: 1 } });
    expect(followers.map((name) => etcd.member(name).url)).toContain(output.member);
    expect(trace(scenario, 0, 'etcd-snapshot')).toEqual([
      'ReadInput',
      'AreThereUserHooks',
      'RunUserHooks',
      'WhatDidUserHooksSay',
      'TakeSnapshot',
      'AreHooksToFollow',
      'RunUserHooks',
      'WhatDidUserHooksSay',
      'IsThereASnapshot',
      'PruneSnapshots',
      'IsDrillAskedFor',
      'SnapshotKept',
    ]);
    expect(bucket.keys()).toEqual([key, `etcd/demo/${output.id}.json`]);
    expect(bucket.encryption(key)).toMatchObject({ algorithm: 'aws:kms' });
    const record = JSON.parse(Buffer.from(bucket.body(`etcd/demo/${output.id}.json`)).toString());
    expect(record).toMatchObject({ kubernetes: { version: expect.stringMatching(/^v1\.\d+/) } });
    const file = join(etcd.directory, 'kept.db');
    await writeFile(file, zstdDecompressSync(bucket.body(key)));
    await etcd.restore(file, join(etcd.directory, 'kept'));
  });

  it('is not taken again while nothing is written, and says so', async () => {
    const scenario = await rehearseEtcd(etcd);
    const { id } = (await snapshot(scenario)) as { readonly id: string };

    expect(await snapshot(scenario)).toMatchObject({ outcome: 'unchanged', id, pruned: { kept: 1 } });
    expect(snapshotBucket(scenario).keys()).toHaveLength(2);
  });

  it('makes room for the next one when the policy wants no more', async () => {
    const scenario = await rehearseEtcd(etcd, {
      snapshots: { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 },
    });
    const { id } = (await snapshot(scenario)) as { readonly id: string };
    await write('/another');
    await scenario.world.advance(MINUTE_MS);

    expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken', pruned: { removed: [id], kept: 1 } });
    expect(snapshotBucket(scenario).keys()).toHaveLength(2);
  });

  it('lets go of a backup of the PKI that was over before it, and keeps the one that it needs', async () => {
    const scenario = await rehearseEtcd(etcd);
    const Bucket = scenario.deployment.resource('SnapshotBucket');
    const ids = ['20260301T000000Z-aaaaaaaaaaaa', '20260302T000000Z-bbbbbbbbbbbb'];
    for (const id of ids) {
      await scenario.operate('s3', 'PutObject', { Bucket, Key: `pki/demo/${id}.json`, Body: '{}' });
      await scenario.world.advance(60 * MINUTE_MS);
    }

    expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken', pruned: { pki: ids.slice(0, 1) } });
    const kept = snapshotBucket(scenario).keys();
    expect(kept.filter((key) => key.startsWith('pki/'))).toEqual([`pki/demo/${ids[1]}.json`]);
  });

  it('is kept although the function that prunes may remove nothing; a person is told on the first day', async () => {
    const scenario = await rehearseEtcd(etcd);
    const denied = { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 } as const;
    const forEver = { times: Number.POSITIVE_INFINITY };
    scenario.plant(({ operation }) => operation === 'DeleteObject', denied, forEver);

    expect(await snapshot(scenario)).toMatchObject({
      error: 'SnapshotsNotPruned',
      cause: expect.stringContaining('AwsAccessDenied'),
    });
    const kept = snapshotBucket(scenario).keys();
    expect([kept.length, kept.includes('etcd/demo/canary')]).toEqual([3, true]);
    expect(pages(scenario)).toMatchObject([{ subject: 'Tender: old snapshots of cluster demo cannot be removed' }]);
  });

  it('is taken by a second try when the function dies half-way, and what that left is gone after a day', async () => {
    const scenario = await rehearseEtcd(etcd);
    const bucket = snapshotBucket(scenario);
    scenario.plant(({ operation }) => operation === 'CompleteMultipartUpload', { kind: 'kill-before' });

    expect(await snapshot(scenario, {}, 10)).toMatchObject({ outcome: 'taken' });
    expect(bucket.uploads()).toBe(1);
    await scenario.world.advance(25 * 60 * MINUTE_MS);
    await write('/the-next-day');
    expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken', pruned: { abortedUploads: 1, kept: 2 } });
    expect(bucket.uploads()).toBe(0);
    expect(pages(scenario)).toEqual([]);
  });
});
