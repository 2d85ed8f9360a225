import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { describeEtcd, rehearseEtcd, snapshot } from '../../support/etcd/etcd-scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const { title, release } = anyEtcd();
const DAY_MS = 86_400_000;

describe.skipIf(!release)(title, () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    if (release) etcd = await EtcdCluster.start(release);
  });
  afterAll(() => etcd?.stop());

  it('snapshots need every permission that their functions and their machine have', async () => {
    const nothing = { everythingForHours: 0, hourlyForDays: 0, dailyForDays: 0 };
    const scenario = await rehearseEtcd(etcd, { controlPlane: 1, snapshots: nothing });
    const once = (operation: string, fault: Parameters<typeof scenario.plant>[1]) =>
      scenario.plant((call) => call.operation === operation, fault);
    const writer = etcd.writer();

    // Endpoints are found by instances, and nobody answers there: a person is told.
    await describeEtcd(scenario, etcd, { endpoints: undefined });
    expect(await snapshot(scenario, {}, 200)).toMatchObject({ error: 'SnapshotNotTaken' });
    await describeEtcd(scenario, etcd);
    await scenario.world.advance(6 * 60_000);
    // A part that is refused: the upload is aborted.
    once('UploadPart', { kind: 'error', code: 'InvalidRequest', message: 'no', status: 400 });
    expect(await snapshot(scenario)).toMatchObject({ error: 'SnapshotNotTaken' });
    // An object that is not there when it is read back, and a function that dies: both are tried again.
    once('HeadObject', { kind: 'error', code: 'NotFound', message: 'Not Found', status: 404 });
    expect(await snapshot(scenario, {}, 10)).toMatchObject({ outcome: 'taken' });
    once('CompleteMultipartUpload', { kind: 'kill-before' });
    await writer.put('/a', 'a');
    expect(await snapshot(scenario, {}, 10)).toMatchObject({ outcome: 'taken' });
    await scenario.world.advance(1.1 * DAY_MS);
    await writer.put('/a', 'b');
    writer.close();
    expect(await snapshot(scenario)).toMatchObject({ pruned: { abortedUploads: 1 } });

    expect(await snapshot(scenario, { drill: true })).toMatchObject({ drill: expect.stringContaining('etcd-drill') });

    const own = /^(TakeSnapshot|PruneSnapshots|CheckAge|EtcdSnapshotMachine) /;
    expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([]);
  });
});
