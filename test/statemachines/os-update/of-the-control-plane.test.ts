import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd } from '../../support/etcd/alongside-etcd.ts';
import { type ControlPlane, GROUP, rehearseJoiningControlPlane } from '../../support/etcd/control-plane.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { changeUpdates } from '../../support/scenarios/update.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release)(title, { timeout: 600_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  it.runIf(long)(
    'a control plane whose etcd is slow to take members in comes to a new version one by one, its quorum kept',
    async () => {
      plane = await rehearseJoiningControlPlane(release as EtcdRelease, 3, { etcdSeconds: 240 });
      const { scenario, etcd, instanceIds } = plane;
      const { world, deployment, cloud } = scenario;
      await changeUpdates(scenario, { bakeMinutes: 1, joinMinutes: 30 });
      await scenario.operate('autoscaling', 'PutLifecycleHook', {
        AutoScalingGroupName: GROUP,
        LifecycleHookName: 'tender-terminate',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 600,
        DefaultResult: 'CONTINUE',
      });
      await scenario.operate('ec2', 'CreateLaunchTemplateVersion', {
        LaunchTemplateName: GROUP,
        SourceVersion: '1',
        LaunchTemplateData: { InstanceType: 'm7g.xlarge' },
      });
      const members = () => [...(cloud.fleet.groups.all.get(GROUP)?.members.values() ?? [])];
      let fewest = instanceIds.length;
      let atOnce = 0;
      world.history.listen(({ source }) => {
        if (source !== 'autoscaling') return;
        fewest = Math.min(fewest, members().filter(({ state }) => state === 'InService').length);
        atOnce = Math.max(atOnce, members().filter(({ state }) => state.startsWith('Terminating')).length);
      });

      scenario.startByHand('OsUpdateMachine', { cluster: 'demo', groupName: GROUP, version: '2' });
      await alongsideEtcd(scenario, () => deployment.executions('os-update')[0]?.run.outcome !== undefined);

      expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
      expect(members().map(({ launchTemplate }) => launchTemplate?.Version)).toEqual(['2', '2', '2']);
      expect([fewest >= 2, atOnce]).toEqual([true, 1]);
      const voters = await etcd.open('m6').members({ confirmed: true });
      expect(voters.map(({ name, isLearner }) => [name, isLearner]).sort()).toEqual([
        ['m4', false],
        ['m5', false],
        ['m6', false],
      ]);
      expect(pages(scenario)).toEqual([]);
    },
  );
});
