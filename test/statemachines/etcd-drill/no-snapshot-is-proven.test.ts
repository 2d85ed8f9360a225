import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOnly } from '../../../rehearsal/etcd/tools-only.ts';
import { clusterPki, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import {
  describeEtcd,
  drill,
  putPki,
  rehearseDrills,
  snapshot,
  snapshotBucket,
} from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();
const canaryKeys = ['/a'];
const long = process.env.TENDER_LONG !== undefined;

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
    await writer.put('/a', 'a');
    await writer.fill(1);
    writer.close();
  });
  afterAll(() => etcd?.stop());

  /** A cluster with a snapshot. */
  async function withSnapshot(options: object = {}): Promise<FaultScenario> {
    const scenario = await rehearseDrills(etcd, files, { programs, drills: { canaryKeys }, ...options });
    await snapshot(scenario);
    return scenario;
  }

  function proofs(scenario: FaultScenario): readonly string[] {
    return snapshotBucket(scenario)
      .keys()
      .filter((key) => key.endsWith('.proof.json'));
  }

  it('when one of its bytes is another one: a person is told, and the snapshot stays as it is', async () => {
    const scenario = await withSnapshot();
    const bucket = snapshotBucket(scenario);
    const [key = ''] = bucket.keys();
    const bytes = bucket.body(key);
    bytes[1000] = 0xff ^ (bytes[1000] ?? 0);

    expect(await drill(scenario, {}, 20)).toMatchObject({
      error: 'SnapshotNotProven',
      cause: expect.stringMatching(/SnapshotDamaged: [\s\S]*docs\/runbooks\/snapshot-not-proven\.md$/),
    });
    expect(pages(scenario)).toMatchObject([{ subject: 'Tender: a snapshot of etcd of cluster demo was not proven' }]);
    expect(bucket.keys().filter((each) => each.startsWith('etcd/'))).toHaveLength(2);
  });

  it.runIf(long)('when a key is not in it that has to be in every one (takes seconds)', async () => {
    const scenario = await withSnapshot();
    await describeEtcd(scenario, etcd, { drills: { canaryKeys: ['/a', '/b'] } });
    await scenario.world.advance(6 * 60_000);

    expect(await drill(scenario)).toMatchObject({ cause: expect.stringContaining('/b is not there') });
    expect(pages(scenario)).toHaveLength(1);
    expect(proofs(scenario)).toEqual([]);
  });

  it.runIf(long)(
    'when the function has no layer to restore with, and says how to give it one (takes seconds)',
    async () => {
      const scenario = await withSnapshot({ programs: undefined });

      expect(await drill(scenario)).toMatchObject({ cause: expect.stringContaining('DrillToolsMissing') });
      expect(pages(scenario)).toHaveLength(1);
    },
  );

  it.runIf(long)(
    'that the cluster does not have: that is for whoever asked, with the nearest that there is (takes seconds)',
    async () => {
      const scenario = await withSnapshot();
      const [key = ''] = snapshotBucket(scenario).keys();
      const id = key.split('/').at(-1)?.replace('.db.zst', '') ?? '';

      expect(await drill(scenario, { snapshot: `${id}0` })).toMatchObject({
        cause: expect.stringContaining(`Did you mean ${id}`),
      });
      expect(pages(scenario)).toEqual([]);
    },
  );

  it.runIf(long)(
    'while the function dies each time: a person is told, and what it left does not hinder the next drill (takes seconds)',
    async () => {
      const scenario = await withSnapshot();
      const dies = () =>
        scenario.plant(
          ({ operation, functionName }) => operation === 'PutObject' && functionName === 'tender-dev-drill-snapshot',
          { kind: 'kill-before' },
        );
      dies();
      dies();

      expect(await drill(scenario, {}, 5)).toMatchObject({ cause: expect.stringContaining('Runtime.ExitError') });
      expect(pages(scenario)).toHaveLength(1);
      expect(await drill(scenario)).toMatchObject({ outcome: 'proven' });
    },
  );

  it.runIf(long)(
    'when the PKI that is backed up is another cluster’s; and it is, once the right one is there (takes seconds)',
    async () => {
      const scenario = await withSnapshot();
      await scenario.world.advance(60_000);
      await putPki(scenario, await clusterPki());

      expect(await drill(scenario)).toMatchObject({ cause: expect.stringContaining('PkiNotMatching') });
      expect(pages(scenario)).toHaveLength(1);
      expect(proofs(scenario)).toEqual([]);
      await scenario.world.advance(60_000);
      await putPki(scenario, files);
      expect(await drill(scenario)).toMatchObject({ outcome: 'proven' });
    },
  );
});
