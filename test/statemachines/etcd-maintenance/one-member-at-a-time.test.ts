import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { describeEtcd, maintenance, rehearseEtcd } from '../../support/etcd/etcd-scenario.ts';
import { makeHoles } from '../../support/etcd/make-holes.ts';
import { isOver } from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;
const policy = { maintenance: { minimumMebibytes: 1 } };

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    if (release) etcd = await EtcdCluster.start(release, { size: 3 });
  });
  afterAll(() => etcd?.stop());

  it('is left alone without holes, and defragmented with them: one member after the other, a minute between', async () => {
    const scenario = await rehearseEtcd(etcd);
    await describeEtcd(scenario, etcd, policy);
    expect(await maintenance(scenario)).toMatchObject({ progress: { defragmented: [], leaderMoves: 0 } });

    await makeHoles(etcd);
    const before = scenario.world.now();
    const output = await maintenance(scenario);

    expect(output).toMatchObject({ cluster: 'demo', progress: { leaderMoves: 1, compacted: false, disarmed: false } });
    const { defragmented } = (output as { progress: { defragmented: { memberId: string }[] } }).progress;
    expect(new Set(defragmented.map(({ memberId }) => memberId)).size).toBe(3);
    expect(scenario.world.now() - before).toBeGreaterThanOrEqual(4 * 60_000);
    expect(pages(scenario)).toEqual([]);
  });

  it('touches no member while the andon is on, and pages nobody for it', async () => {
    const scenario = await rehearseEtcd(etcd);
    await describeEtcd(scenario, etcd, policy);
    await makeHoles(etcd);
    await scenario.world.advance(2_000); // parameters are written once a second
    await pullAndon(scenario);
    expect(await maintenance(scenario)).toMatchObject({
      outcome: 'stopped',
      progress: { defragmented: [], leaderMoves: 0 },
      remark: 'the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network',
    });
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)(
    'waits (the test eight seconds) while an instance of the control plane is claimed, and while another maintenance runs; it needs all that it may',
    async () => {
      const scenario = await rehearseEtcd(etcd, { controlPlane: 1, workers: 1, ready: true });
      await describeEtcd(scenario, etcd, policy);
      const [instanceId = ''] = [...(scenario.cloud.fleet.groups.all.get('demo-control-plane')?.members.keys() ?? [])];
      const key = `claims/demo/${instanceId}.json`;
      await scenario.writeState(key, '{}');
      scenario.startByHand('EtcdMaintenanceMachine', { cluster: 'demo' });
      scenario.startByHand('EtcdMaintenanceMachine', { cluster: 'demo' });
      // Etcd itself is not asked: time passes by itself.
      await isOver(scenario, 'etcd-maintenance', 2);
      await scenario.world.advance(1_000);
      expect(scenario.cause('etcd-maintenance')).toContain(`control-plane instance ${instanceId} is claimed`);
      expect(pages(scenario)).toHaveLength(2);
      expect(pages(scenario)[0]).toMatchObject({
        subject: 'Tender: etcd of cluster demo was not maintained',
        message: expect.stringMatching(/ is claimed; arn:\S+:tender-dev-etcd-maintenance:\S+ runs/),
      });

      // Endpoints are found by instances, and nobody answers there.
      await scenario.operate('s3', 'DeleteObject', { Bucket: scenario.deployment.resource('StateBucket'), Key: key });
      await describeEtcd(scenario, etcd, { endpoints: undefined });
      await scenario.world.advance(6 * 60_000);
      expect(await maintenance(scenario)).toMatchObject({ cause: expect.stringContaining('EtcdNotWell') });
      const own = /^(MaintainEtcd|EtcdMaintenanceMachine) /;
      expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([]);
    },
  );

  it('is left alone while a member is dead: a person is told, and nothing is done', async () => {
    const scenario = await rehearseEtcd(etcd);
    await describeEtcd(scenario, etcd, policy);
    await makeHoles(etcd);
    const { followers } = await etcd.roles();
    await etcd.kill(followers[0] ?? '');

    expect(await maintenance(scenario)).toMatchObject({
      error: 'EtcdNotMaintained',
      cause: expect.stringMatching(/EtcdNotWell: [\s\S]*2 of 3 members[\s\S]*docs\/runbooks\/etcd-not-maintained\.md$/),
    });
    expect(pages(scenario)).toHaveLength(1);
  });
});
