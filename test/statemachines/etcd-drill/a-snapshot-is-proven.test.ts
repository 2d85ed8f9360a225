import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOnly } from '../../../rehearsal/etcd/tools-only.ts';
import { clusterPki, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import {
  describeEtcd,
  drill,
  ended,
  rehearseDrills,
  snapshot,
  snapshotBucket,
} from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const { title, release } = anyEtcd();
const DAY_MS = 86_400_000;
const long = process.env.TENDER_LONG !== undefined;

/** What lies in the bucket, without the PKI. */
function etcdObjects(scenario: FaultScenario) {
  const bucket = snapshotBucket(scenario);
  return { ...bucket, keys: () => bucket.keys().filter((key) => key.startsWith('etcd/')) };
}

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let etcd: EtcdCluster;
  let programs: string;
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    if (!release) return;
    etcd = await EtcdCluster.start(release);
    programs = await toolsOnly(release, etcd.directory);
    files = await clusterPki();
    const writer = etcd.writer();
    for (const [key, text] of pkiInEtcd(files)) await writer.put(key, text);
    for (const name of ['default', 'kube-system']) await writer.put(`/registry/namespaces/${name}`, name);
    writer.close();
  });
  afterAll(() => etcd?.stop());

  async function write(key: string): Promise<void> {
    const writer = etcd.writer();
    await writer.put(key, 'x');
    writer.close();
  }

  function prepared(over: object = {}): Promise<FaultScenario> {
    return rehearseDrills(etcd, files, { programs, ...over });
  }

  it('by a restore into an etcd of its own; the proof lies beside the record, and nothing else was touched', async () => {
    const scenario = await prepared();
    const { id } = (await snapshot(scenario)) as { readonly id: string };
    const bucket = etcdObjects(scenario);
    const before = bucket.keys().map((key) => [key, bucket.writtenAt(key)]);

    const output = await drill(scenario);

    expect(output).toMatchObject({
      outcome: 'proven',
      liveHash: 'same',
      id,
      keys: 4,
      pki: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/),
    });
    expect(trace(scenario, 0, 'etcd-drill')).toEqual([
      'CheckProof',
      'IsDrillDue',
      'DrillSnapshot',
      'IsSnapshotTooLarge',
      'CompareHash',
      'SnapshotProven',
    ]);
    const proof = `etcd/demo/${id}.proof.json`;
    expect(bucket.keys()).toEqual([`etcd/demo/${id}.db.zst`, `etcd/demo/${id}.json`, proof]);
    expect(before.map(([key]) => [key, bucket.writtenAt(String(key))])).toEqual(before);
    expect(JSON.parse(Buffer.from(bucket.body(proof)).toString())).toMatchObject({
      etcd: {
        version: release?.version,
        keys: 4,
        canaries: expect.arrayContaining(['/registry/namespaces/kube-system']),
      },
    });
    expect(bucket.encryption(proof)).toMatchObject({ algorithm: 'aws:kms' });
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)('right after it was taken, where that was asked for (takes seconds)', async () => {
    const scenario = await prepared();
    const output = (await snapshot(scenario, { drill: true })) as { readonly id: string; readonly drill: string };

    expect(await ended(scenario, 'etcd-drill', output.drill)).toMatchObject({ outcome: 'proven', id: output.id });
  });

  it('each week: the daily look does nothing in between; an overdue one alarms, and drills', async () => {
    const scenario = await prepared();
    expect(await drill(scenario, { scheduled: true })).toMatchObject({ outcome: 'not-due', newest: 'none' });
    await snapshot(scenario);
    expect(await drill(scenario, { scheduled: true })).toMatchObject({ outcome: 'proven' });
    await scenario.world.advance(5 * DAY_MS);
    expect(await drill(scenario, { scheduled: true })).toMatchObject({ outcome: 'not-due' });
    await scenario.world.advance(10 * DAY_MS);
    expect(pages(scenario)).toEqual([]);

    expect(await drill(scenario, { scheduled: true })).toMatchObject({ outcome: 'proven' });
    expect(pages(scenario)).toMatchObject([{ subject: 'Tender: the drill of etcd of cluster demo is overdue' }]);
  });

  it.runIf(long)(
    'and is kept from then on, whatever the policy says, until a newer one is proven (takes seconds)',
    async () => {
      const scenario = await prepared({
        snapshots: { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 },
      });
      const { id } = (await snapshot(scenario)) as { readonly id: string };
      await drill(scenario);
      await write('/a');
      await scenario.world.advance(DAY_MS);
      expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken', pruned: { removed: [], kept: 2 } });
      await drill(scenario);
      await write('/b');
      await scenario.world.advance(DAY_MS);

      expect(await snapshot(scenario)).toMatchObject({ pruned: { removed: [id], kept: 2 } });
      expect(etcdObjects(scenario).keys()).toHaveLength(5);
    },
  );

  it.runIf(long)('needs every permission that its functions and its machine have (takes seconds)', async () => {
    const scenario = await prepared();
    await snapshot(scenario);
    await drill(scenario);
    expect(await drill(scenario, { snapshot: '20200101T000000Z-r1' })).toMatchObject({
      cause: expect.stringContaining('SnapshotNotFound'),
    });
    scenario.plant(({ operation }) => operation === 'GetObject', {
      kind: 'error',
      code: 'NoSuchKey',
      message: 'no',
      status: 404,
    });
    await drill(scenario, {}, 100);
    await scenario.cloud.world.advance(20 * DAY_MS);
    await drill(scenario, { scheduled: true });

    // Endpoints are found by instances, and there are none: that hinders no proof.
    await describeEtcd(scenario, etcd, { endpoints: undefined });
    await scenario.world.advance(6 * 60_000);
    expect(await drill(scenario, {}, 20)).toMatchObject({ outcome: 'proven', liveHash: 'not-asked' });

    const own = /^(CheckProof|DrillSnapshot|CompareHash|EtcdDrillMachine) /;
    expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([]);
  });
});
