import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd, currentState, etcdWorkIsOver } from '../../support/etcd/alongside-etcd.ts';
import {
  type ControlPlane,
  joinAsKubeadmDoes,
  rehearseControlPlane,
  stateOf,
} from '../../support/etcd/control-plane.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, pages, trace } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  async function rehearse(size: number): Promise<ControlPlane & { readonly leaving: string }> {
    plane = await rehearseControlPlane(release as EtcdRelease, size);
    return { ...plane, leaving: plane.instanceIds[0] ?? '' };
  }

  it.runIf(long)(
    'lets a control plane lose one of three (twenty seconds) that are well: its member is removed, and another one waited for',
    async () => {
      const { scenario, etcd, leaving, instanceIds } = await rehearse(3);
      const id = (await etcd.open('m1').status()).memberId;

      retire(scenario, leaving);
      await alongsideEtcd(scenario, () => currentState(scenario, 'etcd-member-replace') === 'WaitForAVoter');

      expect(scenario.output('node-retire', 0)).toMatchObject({ instanceId: leaving });
      expect(stateOf(scenario, leaving)).not.toBe('InService');
      expect(instanceIds.slice(1).map((one) => stateOf(scenario, one))).toEqual(['InService', 'InService']);
      const members = await etcd.open('m2').members({ confirmed: true });
      expect(members.map(({ memberId }) => memberId)).not.toContain(id);
      // Nobody takes it back once its group terminates it, and not before (S29).
      const states = trace(scenario, 0, 'node-retire');
      expect(states.indexOf('RemoveMember')).toBeGreaterThan(states.indexOf('TerminateInstance'));

      await joinAsKubeadmDoes({ scenario, etcd, instanceIds });
      await etcdWorkIsOver(scenario, 'etcd-member-replace');
      expect(scenario.outcomes('etcd-member-replace')).toEqual(['SUCCEEDED']);
      expect(pages(scenario)).toEqual([]);
    },
  );

  it('is asked again once the node is drained: another member that has died meanwhile keeps the instance', async () => {
    const { scenario, etcd, leaving } = await rehearse(3);
    retire(scenario, leaving);
    await alongsideEtcd(scenario, () => currentState(scenario, 'node-retire') === 'DrainNode');
    await etcd.kill('m3');
    await etcdWorkIsOver(scenario, 'node-retire');

    expect(scenario.cause('node-retire')).toMatch(/it was drained, and now Tender refuses: .*quorum/);
    expect(stateOf(scenario, leaving)).toBe('InService');
    expect(await etcd.open('m1').members({ confirmed: true })).toHaveLength(3);
    expect(trace(scenario, 0, 'node-retire')).toEqual(
      expect.arrayContaining(['UndoDrain', 'ReregisterNode', 'ReleaseLease']),
    );
    expect(trace(scenario, 0, 'node-retire')).not.toContain('TerminateInstance');
  });

  it('has the leader moved and the member removed before the hook is answered', async () => {
    const { scenario, etcd, instanceIds } = await rehearse(3);
    await makeTerminateHook(scenario);
    const { leader } = await etcd.roles();
    const leaving = instanceIds[Number(leader.slice(1)) - 1] ?? '';
    const id = (await etcd.open(leader).status()).memberId;

    await scaleIn(scenario, leaving);
    await etcdWorkIsOver(scenario, 'node-retire');
    await etcdWorkIsOver(scenario, 'etcd-member-replace');

    const states = trace(scenario, 0, 'node-retire');
    expect(states.indexOf('RemoveMember')).toBeGreaterThan(states.indexOf('DrainNode'));
    expect(states.indexOf('AnswerHook')).toBeGreaterThan(states.lastIndexOf('RemoveMember'));
    expect(hookAnswers(scenario)).toContain(`CONTINUE ${leaving}`);
    const left = etcd.names.filter((name) => name !== leader);
    await etcd.untilReady(left);
    expect((await etcd.open(left[0]).members({ confirmed: true })).map(({ memberId }) => memberId)).not.toContain(id);
    // The group has two now, so that two votes are as many as are wanted.
    expect(scenario.outcomes('etcd-member-replace')).toEqual(['SUCCEEDED']);
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)(
    'does not keep a hook waiting (ten seconds) because etcd says no, and goes on when another member is back',
    async () => {
      const { scenario, etcd, leaving } = await rehearse(3);
      await makeTerminateHook(scenario);
      const { memberId } = await etcd.open('m1').status();
      await etcd.kill('m3');

      await scaleIn(scenario, leaving);
      await alongsideEtcd(scenario, () => hookAnswers(scenario).includes(`CONTINUE ${leaving}`));
      await alongsideEtcd(scenario, () => currentState(scenario, 'node-retire', 0) === 'over');

      expect(scenario.output('node-retire', 0)).toMatchObject({
        outcome: 'retired',
        remark: expect.stringMatching(
          /its member of etcd is not removed yet, and etcd-member-replace goes on: without member/,
        ),
      });
      expect((await etcd.open('m1').members({ confirmed: true })).map((one) => one.memberId)).toContain(memberId);

      etcd.startMember('m3');
      await etcd.untilReady(['m3']);
      await etcdWorkIsOver(scenario, 'etcd-member-replace');
      expect(scenario.outcomes('etcd-member-replace')).toEqual(['SUCCEEDED']);
      expect((await etcd.open('m2').members({ confirmed: true })).map((one) => one.memberId)).not.toContain(memberId);
    },
  );

  it.runIf(long)('does not retire one by choice while another member is dead', async () => {
    const { scenario, etcd, leaving } = await rehearse(3);
    const { followers } = await etcd.roles();
    await etcd.kill(followers.find((name) => name !== 'm1') ?? '');

    retire(scenario, leaving);
    await etcdWorkIsOver(scenario, 'node-retire');

    expect(scenario.cause('node-retire')).toContain('of 3 voting members a quorum takes 2, and 1 of the others');
    await scenario.comesToRest();
    expect(stateOf(scenario, leaving)).toBe('InService');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('does not let it lose its only one', async () => {
    const { scenario, leaving } = await rehearse(1);

    retire(scenario, leaving);
    await etcdWorkIsOver(scenario, 'node-retire');

    expect(scenario.cause('node-retire')).toContain('etcd would lose its quorum without this control-plane instance');
    expect(stateOf(scenario, leaving)).toBe('InService');
  });
});

function retire(scenario: FaultScenario, instanceId: string): void {
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId });
}

async function makeTerminateHook(scenario: FaultScenario): Promise<void> {
  await scenario.operate('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName: 'demo-control-plane',
    LifecycleHookName: 'tender-terminate',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    HeartbeatTimeout: 300,
    DefaultResult: 'CONTINUE',
  });
}

async function scaleIn(scenario: FaultScenario, instanceId: string): Promise<void> {
  const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
  await scenario.operate('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: 'demo-control-plane',
    MinSize: 0,
  });
  await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', input);
}
