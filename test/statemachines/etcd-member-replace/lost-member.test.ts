import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd, currentState, etcdWorkIsOver } from '../../support/etcd/alongside-etcd.ts';
import {
  type ControlPlane,
  controlPlaneInstances,
  joinAsKubeadmDoes,
  rehearseControlPlane,
  stateOf,
  untilAccepted,
} from '../../support/etcd/control-plane.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { describeEtcd } from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  async function rehearse(size: number): Promise<ControlPlane> {
    plane = await rehearseControlPlane(release as EtcdRelease, size);
    return plane;
  }

  it.runIf(long)(
    'whose machine fails (twenty seconds) is removed by itself, and waited for until another one votes',
    async () => {
      const { scenario, etcd, instanceIds } = await rehearse(3);
      const id = await memberOf(etcd, 'm2');
      await etcd.kill('m2');
      await terminate(scenario, instanceIds[1]);

      await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');
      expect(await listed(etcd, 'm1')).not.toContain(id);
      await joinAsKubeadmDoes({ scenario, etcd, instanceIds });
      await etcdWorkIsOver(scenario, 'etcd-member-replace');

      expect(scenario.output('etcd-member-replace')).toMatchObject({ cluster: 'demo' });
      expect(await listed(etcd, 'm1')).toHaveLength(3);
      expect(pages(scenario)).toEqual([]);

      // By hand once more: what is done is found done.
      const again = { cluster: 'demo', memberId: id };
      scenario.startByHand('EtcdMemberReplaceMachine', again);
      await etcdWorkIsOver(scenario, 'etcd-member-replace', 2);
      expect(scenario.output('etcd-member-replace')).toMatchObject({ outcome: 'absent' });
      const own = /^(RemoveMember|SeatReplacement|EtcdMemberReplaceMachine) /;
      expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([
        'EtcdMemberReplaceMachine sns:Publish',
      ]);
    },
  );

  it('that is none, since it answers and is well, is not removed: said at once, in a dry run too, and nobody is paged', async () => {
    const { scenario, etcd, instanceIds } = await rehearse(3);
    const id = await memberOf(etcd, 'm2');

    for (const input of [{ memberId: id }, { instanceId: instanceIds[1] }]) {
      scenario.startByHand('EtcdMemberReplaceMachine', { cluster: 'demo', ...input });
      await etcdWorkIsOver(scenario, 'etcd-member-replace');
      expect(scenario.cause('etcd-member-replace', -1)).toMatch(
        /Tender refuses: member \w+ at i-\w+ answers and is well, and its instance stays[\s\S]*docs\/runbooks\/etcd-member-not-replaced\.md/,
      );
    }
    scenario.startByHand('EtcdMemberReplaceMachine', { cluster: 'demo', memberId: id, plan: true });
    await etcdWorkIsOver(scenario, 'etcd-member-replace', 3);
    expect(scenario.output('etcd-member-replace')).toMatchObject({
      outcome: 'planned',
      removal: { outcome: 'refused' },
    });
    expect(await listed(etcd, 'm1')).toHaveLength(3);
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)('that would cost the quorum is left, and said within minutes', async () => {
    const { scenario, etcd } = await rehearse(3);
    const id = await memberOf(etcd, 'm2');
    await Promise.all([etcd.kill('m2'), etcd.kill('m3')]);

    scenario.startByHand('EtcdMemberReplaceMachine', { cluster: 'demo', memberId: id });
    const before = scenario.world.now();
    await etcdWorkIsOver(scenario, 'etcd-member-replace');

    expect(scenario.cause('etcd-member-replace')).toContain('no member of etcd answered and knows a leader');
    expect(scenario.world.now() - before).toBeLessThan(5 * 60_000);
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)('is replaced by runs that are stopped after each step and started again, two at once', async () => {
    const { scenario, etcd, instanceIds } = await rehearse(3);
    const id = await memberOf(etcd, 'm2');
    await scenario.operate('autoscaling', 'SuspendProcesses', {
      AutoScalingGroupName: 'demo-control-plane',
      ScalingProcesses: ['HealthCheck', 'ReplaceUnhealthy'],
    });
    await etcd.kill('m2');
    const start = () => scenario.startByHand('EtcdMemberReplaceMachine', { cluster: 'demo', memberId: id });
    const stopAll = async () => {
      for (const execution of scenario.deployment.executions('etcd-member-replace'))
        if (!execution.run.outcome) await scenario.stop(execution);
    };
    // Its instance is there and silent: ten minutes have to pass in one run.
    start();
    await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForTheMember');
    await stopAll();
    expect(await listed(etcd, 'm1')).toContain(id);
    start();
    start();
    await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');
    await stopAll();
    expect(await listed(etcd, 'm1')).not.toContain(id);
    start();
    start();
    await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');
    await joinAsKubeadmDoes({ scenario, etcd, instanceIds });
    await etcdWorkIsOver(scenario, 'etcd-member-replace');
    expect(scenario.outcomes('etcd-member-replace').slice(-2)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await listed(etcd, 'm1')).toHaveLength(3);
  });

  it.runIf(long)('whose removal (ten seconds) nobody heard the answer of is waited for all the same', async () => {
    const { scenario, etcd, instanceIds } = await rehearse(3);
    const id = await memberOf(etcd, 'm2');
    await Promise.all([etcd.kill('m2'), etcd.kill('m3')]);
    await terminate(scenario, instanceIds[1]);
    const looks = () =>
      scenario.events('StateEntered').filter(({ details }) => details.state === 'RemoveMember').length;
    await alongsideEtcd(scenario, () => looks() > 0 && currentState(scenario, 'node-retire') === 'WaitForAws');

    etcd.startMember('m3');
    await untilAccepted(() => etcd.open('m1').removeMember(id));
    await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');
    await joinAsKubeadmDoes({ scenario, etcd, instanceIds });
    await etcdWorkIsOver(scenario, 'etcd-member-replace');
    expect(scenario.output('etcd-member-replace')).toMatchObject({ outcome: 'absent' });
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)(
    'whose address another machine has by the time that etcd can be asked is removed after ten minutes of silence',
    async () => {
      const { scenario, etcd, instanceIds } = await rehearse(3);
      const id = await memberOf(etcd, 'm2');
      await leaveItsAddressToAnother({ scenario, etcd, instanceIds });
      expect(await listed(etcd, 'm1')).toContain(id);
      await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');
      expect(await listed(etcd, 'm1')).not.toContain(id);
      expect(pages(scenario)).toEqual([]);
    },
  );

  it.runIf(long)(
    'whose address a member has that joined meanwhile leaves that one ten minutes of its own',
    async () => {
      const { scenario, etcd, instanceIds } = await rehearse(3);
      const id = await memberOf(etcd, 'm2');
      const address = await leaveItsAddressToAnother({ scenario, etcd, instanceIds });
      const since = scenario.world.now();

      await untilAccepted(() => etcd.open('m1').removeMember(id));
      const { name } = await etcd.prepareMember();
      etcd.standsFor(name, address);
      await etcd.join(name);
      await describeEtcd(scenario, etcd);
      const joined = await memberOf(etcd, name);
      await etcd.kill(name);
      const after = (minutes: number) => () => scenario.world.now() - since > minutes * 60_000;
      await alongsideEtcd(scenario, after(10.5));
      expect(await listed(etcd, 'm1')).toContain(joined);
      etcd.startMember(name);
      await untilAccepted(() => memberOf(etcd, name));
      await etcdWorkIsOver(scenario, 'etcd-member-replace');
      expect(scenario.output('etcd-member-replace')).toMatchObject({ outcome: 'absent' });
      expect(pages(scenario)).toEqual([]);
    },
  );

  it.runIf(long)('in whose place nobody comes is off the list, and a person is told', async () => {
    const { scenario, etcd, instanceIds } = await rehearse(3);
    await etcd.kill('m2');
    await terminate(scenario, instanceIds[1]);
    await etcdWorkIsOver(scenario, 'etcd-member-replace');

    await scenario.world.advance(1_000); // mails are under way
    expect(scenario.cause('etcd-member-replace')).toContain('no other one votes in its place after an hour and a half');
    expect(pages(scenario)).toHaveLength(1);
    expect(unusedPermissions([scenario]).filter((name) => name.startsWith('EtcdMemberReplaceMachine '))).toEqual([]);
  });
});

/** The second member is lost while etcd has no quorum: by the time that it can be asked again, another machine that serves has the member's address. Gives that. */
async function leaveItsAddressToAnother({ scenario, etcd, instanceIds }: ControlPlane): Promise<string> {
  const address = addressOf(scenario, instanceIds[1]);
  await Promise.all([etcd.kill('m2'), etcd.kill('m3')]);
  await terminate(scenario, instanceIds[1]);
  const heir = () => controlPlaneInstances(scenario).find((one) => !instanceIds.includes(one)) ?? '';
  await alongsideEtcd(scenario, () => stateOf(scenario, heir()) === 'InService');
  expect(addressOf(scenario, heir())).toBe(address);
  etcd.startMember('m3');
  await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForTheMember');
  return address ?? '';
}

function addressOf({ cloud }: FaultScenario, instanceId = ''): string | undefined {
  return cloud.fleet.instances.all.get(instanceId)?.privateIpAddress;
}

async function terminate(scenario: FaultScenario, instanceId = ''): Promise<void> {
  await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
}

async function memberOf(etcd: ControlPlane['etcd'], name: string): Promise<string> {
  return (await etcd.open(name).status()).memberId;
}

async function listed(etcd: ControlPlane['etcd'], name: string): Promise<readonly string[]> {
  return (await etcd.open(name).members({ confirmed: true })).map(({ memberId }) => memberId);
}
