import { afterEach, describe, expect, it } from 'vitest';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import {
  lose,
  type RestoreScenario,
  rehearseRestore,
  restoreEnds,
  startRestore,
} from '../../support/etcd/restore-scenario.ts';
import { trace } from '../../support/scenarios/scenario.ts';

const [, { title, release }] = etcdReleases();

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let restore: RestoreScenario | undefined;
  afterEach(() => restore?.controlPlane.stop());

  it('two of three members are lost: restored from S3 on the third, with the loss shown before and the objects counted after', async () => {
    if (!release) return;
    restore = await rehearseRestore(release);
    const { scenario, controlPlane } = restore;
    const writer = controlPlane.writer();
    for (let index = 0; index < 20; index += 1) await writer.put(`/registry/pods/default/${index}`, 'a pod');
    await writer.put('/registry/masterleases/10.0.0.9', 'an old API server');
    expect(await snapshot(scenario)).toMatchObject({ outcome: 'taken' });
    for (let index = 0; index < 5; index += 1) await writer.put(`/registry/pods/late/${index}`, 'after the snapshot');
    writer.close();
    await lose(restore, 1);
    await lose(restore, 2);

    const output = await restoreEnds(restore, startRestore(restore, { approve: true }));

    expect(output).toMatchObject({
      loss: { changes: 5 },
      etcd: { members: 1, objects: 20, purgedLeases: 1 },
      approval: { by: expect.stringContaining('the input of arn:') },
      suspended: {},
    });
    const states = trace(scenario, 0, 'etcd-restore').filter((state) =>
      /^[A-Z][a-z]+(ControlPlane|Restore|Snapshot|Member|Etcd)$/.test(state),
    );
    expect([...new Set(states)]).toEqual([
      'InspectControlPlane',
      'PlanRestore',
      'CheckSnapshot',
      'BeginRestore',
      'FenceControlPlane',
      'RestoreMember',
      'GrowEtcd',
      'SettleEtcd',
      'StartControlPlane',
      'EndRestore',
      'StartSnapshot',
    ]);
    const node = controlPlane.node(0);
    expect(await node.list('/etc/kubernetes/manifests')).toHaveLength(4);
    expect((await node.list('/var/lib/etcd')).some((name) => name.startsWith('before-r-'))).toBe(true);
    expect(JSON.stringify(scenario.deployment.executions('etcd-restore').map(({ run }) => run.history))).not.toContain(
      'X-Amz-Signature',
    );
    expect(snapshotBucket(scenario).keys().length).toBeGreaterThan(0);
  });
});
