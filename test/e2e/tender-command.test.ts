import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOnly } from '../../rehearsal/etcd/tools-only.ts';
import { clusterPki, pkiInEtcd } from '../support/etcd/cluster-pki.ts';
import { EtcdCluster } from '../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../support/etcd/etcd-releases.ts';
import { rehearseDrills, snapshotBucket } from '../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { rehearse } from '../support/scenarios/scenario.ts';
import type { runTender } from '../support/tender-command.ts';
import { atTheDoor } from '../support/tender-door.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;

it('finds the deployment and the cluster by itself, and says which word is wrong', async () => {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
  const scenario = await rehearse({ schedules: false, entry: { etcd: { secretArn } } });
  await throughTheDoor(scenario, async (run) => {
    expect(await run('snapshots', 'ls')).toMatchObject({ status: 0, out: 'Cluster demo has no snapshot.\n' });
    expect(await run('snapshots', 'ls', 'dmeo')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean "demo"?'),
    });
    expect(await run('snapshots', 'show', '--stage', 'devv')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean --stage dev?'),
    });
  });
});

/** As a shell at an open door of the local cloud. */
function throughTheDoor(
  scenario: FaultScenario,
  work: (run: (...args: string[]) => ReturnType<typeof runTender>) => Promise<void>,
): Promise<void> {
  return atTheDoor(scenario, (run) => work((...args) => run('etcd', ...args)));
}

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let etcd: EtcdCluster;
  let files: ReadonlyMap<string, string>;
  let programs: string;
  beforeAll(async () => {
    if (!release || !long) return;
    etcd = await EtcdCluster.start(release);
    programs = await toolsOnly(release, etcd.directory);
    files = await clusterPki();
    const writer = etcd.writer();
    for (const [key, text] of pkiInEtcd(files)) await writer.put(key, text);
    writer.close();
  });
  afterAll(() => etcd?.stop());

  async function open(
    work: (run: (...args: string[]) => ReturnType<typeof runTender>, scenario: FaultScenario) => Promise<void>,
  ): Promise<void> {
    const scenario = await rehearseDrills(etcd, files, { programs, drills: { canaryKeys: [] } });
    await throughTheDoor(scenario, (run) => work(run, scenario));
  }

  it.runIf(long)(
    'takes a snapshot, lists, shows, verifies, downloads and drills it, with words and with JSON (takes seconds)',
    async () => {
      await open(async (run) => {
        expect(await run('snapshots', 'ls')).toMatchObject({ status: 0, out: 'Cluster demo has no snapshot.\n' });
        const taken = await run('snapshot', 'take', 'demo', '-o', 'json');
        expect(taken).toMatchObject({
          status: 0,
          err: expect.stringMatching(/^running arn:\S+:tender-dev-etcd-snapshot:cli-/),
        });
        const { id } = JSON.parse(taken.out) as { readonly id: string };

        const [head, row] = (await run('snapshots', 'ls', 'demo')).out.split('\n');
        expect(head?.split(/\s{2,}/)).toEqual(['ID', 'AGE', 'REVISION', 'DATABASE', 'STORED', 'KUBERNETES', 'STATUS']);
        expect(row).toMatch(new RegExp(`^${id} .* verified$`));
        expect(await run('snapshots', 'verify', 'demo')).toMatchObject({
          status: 0,
          out: expect.stringMatching(/verified +yes/),
        });

        expect(await run('drill', 'demo', id)).toMatchObject({
          status: 0,
          out: expect.stringMatching(/outcome +proven/),
        });
        expect((await run('snapshots', 'show', '-o', 'yaml')).out).toContain(`id: ${id}`);
        expect((await run('snapshots', 'show')).out).toMatch(/pki +\S+, by ca/);

        const file = join(etcd.directory, 'downloaded.db');
        expect(await run('snapshots', 'download', 'demo', '--to', file)).toMatchObject({ status: 0, err: '' });
        expect(statSync(file).mode & 0o777).toBe(0o600);
        await etcd.restore(file, join(etcd.directory, 'from-download'));
        expect(await run('snapshots', 'download', 'demo', '--to', file)).toMatchObject({
          status: 2,
          err: expect.stringContaining('--force'),
        });

        const members = await run('members', 'demo', '-o', 'json');
        expect(members.status).toBe(0);
        expect(JSON.parse(members.out)).toMatchObject([{ url: etcd.urls[0], name: 'm1', problem: null }]);
        expect((await run('members')).out).toMatch(/ leader /);
      });
    },
  );

  it.runIf(long)(
    'says which word is wrong and which is near, and leaves no file of a snapshot that is damaged (takes seconds)',
    async () => {
      await open(async (run, scenario) => {
        expect(await run('snapshots', 'ls', 'dmeo')).toMatchObject({
          status: 2,
          err: expect.stringContaining('Did you mean "demo"?'),
        });
        expect(await run('snapshots', 'ls', '--stage', 'devv')).toMatchObject({
          status: 2,
          err: expect.stringContaining('Did you mean --stage dev?'),
        });
        expect(await run('drill', 'demo', '20260101T000000Z-r1', '-o', 'json')).toMatchObject({
          status: 1,
          err: expect.stringContaining('SnapshotNotFound'),
        });
        await run('snapshot', 'take');
        const bucket = snapshotBucket(scenario);
        const key = bucket.keys().find((each) => each.endsWith('.db.zst')) ?? '';
        const id = key.split('/').at(-1)?.replace('.db.zst', '') ?? '';
        expect(await run('snapshots', 'show', 'demo', `${id}9`)).toMatchObject({
          status: 2,
          err: expect.stringContaining(`Did you mean ${id}?`),
        });

        const bytes = bucket.body(key);
        bytes[50] = 0xff ^ (bytes[50] ?? 0);
        const file = join(etcd.directory, 'damaged.db');
        expect(await run('snapshots', 'download', 'demo', '--to', file, '-o', 'json')).toMatchObject({
          status: 1,
          err: expect.stringContaining('SnapshotDamaged'),
          out: expect.stringContaining('"error":"SnapshotDamaged"'),
        });
        expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
        writeFileSync(file, 'mine');
        expect(await run('snapshots', 'download', 'demo', '--to', file)).toMatchObject({ status: 2 });

        await etcd.kill('m1');
        expect(await run('members')).toMatchObject({ status: 1, out: expect.stringContaining('unreachable') });
      });
    },
  );
});
