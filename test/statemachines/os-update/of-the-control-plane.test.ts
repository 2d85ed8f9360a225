import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd } from '../../support/etcd/alongside-etcd.ts';
import {
  type ControlPlane,
  GROUP,
  rehearseControlPlane,
  rehearseJoiningControlPlane,
} from '../../support/etcd/control-plane.ts';
import type { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { changeUpdates, update } from '../../support/scenarios/update.ts';

const { title, release } = anyEtcd();
/** Of the launch template of the control plane. */
async function addVersion(scenario: FaultScenario): Promise<void> {
  await scenario.operate('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName: GROUP,
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 'm7g.xlarge' },
  });
}

/** Has a member lead, of those that run from the beginning. */
async function lead(etcd: EtcdCluster, name: string): Promise<void> {
  const { memberId, leaderId } = await etcd.open(name).status();
  if (memberId === leaderId) return;
  for (const other of ['m1', 'm2', 'm3'])
    if ((await etcd.open(other).status()).memberId === leaderId) await etcd.open(other).moveLeader(memberId);
}

const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release)(title, { timeout: 600_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  it('the plan for a control plane has the leader of etcd last, whoever that is by the last health pass', async () => {
    plane = await rehearseControlPlane(release as EtcdRelease, 3);
    const { scenario, etcd, instanceIds } = plane;
    await addVersion(scenario);
    const lastWhenLed = async (name: string) => {
      await lead(etcd, name);
      await scenario.invoke('check-health', { cluster: 'demo' });
      await update(scenario, { groupName: GROUP, version: '2', plan: true });
      const { plan } = scenario.output('os-update', -1) as { plan: { nodes: { instanceId: string }[] } };
      return plan.nodes.map(({ instanceId }) => `m${instanceIds.indexOf(instanceId) + 1}`);
    };
    expect((await lastWhenLed('m1')).at(-1)).toBe('m1');
    expect((await lastWhenLed('m2')).at(-1)).toBe('m2');
  });

  it.runIf(long)(
    'a control plane whose etcd is slow to take members in comes to a new version one by one, its quorum kept and its leader last',
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
      await addVersion(scenario);
      const members = () => [...(cloud.fleet.groups.all.get(GROUP)?.members.values() ?? [])];
      let fewest = instanceIds.length;
      let atOnce = 0;
      const left: string[] = [];
      // Whoever goes by zones alone takes it first.
      await lead(etcd, 'm1');
      await scenario.invoke('check-health', { cluster: 'demo' });
      world.history.listen(({ source }) => {
        if (source !== 'autoscaling') return;
        fewest = Math.min(fewest, members().filter(({ state }) => state === 'InService').length);
        const leaving = members().filter(({ state }) => state.startsWith('Terminating'));
        atOnce = Math.max(atOnce, leaving.length);
        left.push(...leaving.map(({ instanceId }) => instanceId).filter((id) => !left.includes(id)));
      });

      scenario.startByHand('OsUpdateMachine', { cluster: 'demo', groupName: GROUP, version: '2' });
      await alongsideEtcd(scenario, () => deployment.executions('os-update')[0]?.run.outcome !== undefined);

      expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
      expect(members().map(({ launchTemplate }) => launchTemplate?.Version)).toEqual(['2', '2', '2']);
      expect([fewest >= 2, atOnce]).toEqual([true, 1]);
      expect([left.length, left.at(-1)]).toEqual([3, instanceIds[0]]);
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
