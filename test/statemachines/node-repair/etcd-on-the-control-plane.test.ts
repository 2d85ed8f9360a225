import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd, currentState, etcdWorkIsOver } from '../../support/etcd/alongside-etcd.ts';
import { type ControlPlane, rehearseControlPlane, stateOf } from '../../support/etcd/control-plane.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { bootsOf, startRepair } from '../../support/scenarios/repair.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  async function sickly(size: number) {
    plane = await rehearseControlPlane(release as EtcdRelease, size);
    const { scenario, instanceIds } = plane;
    const sick = instanceIds[0] ?? '';
    const machine = scenario.cloud.fleet.instances.visible(sick).machine;
    scenario.cluster.kubernetes.problems.latch(machine.privateDnsName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    return { ...plane, sick, machine };
  }

  it('a control-plane node is rebooted while the others are a quorum, and one at a time', async () => {
    const { scenario, sick, machine, instanceIds } = await sickly(3);
    const other = instanceIds[1] ?? '';
    const otherName = scenario.cloud.fleet.instances.visible(other).privateDnsName;
    scenario.cluster.kubernetes.problems.latch(otherName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    const input = { signal: 'KernelDeadlock', ladder: ['reboot', 'page'] };
    startRepair(scenario, { instanceId: sick }, input);
    await alongsideEtcd(scenario, () => currentState(scenario, 'node-repair') === 'DrainNode');
    startRepair(scenario, { instanceId: other }, input);
    await etcdWorkIsOver(scenario, 'node-repair');

    expect(scenario.outcomes('node-repair')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(scenario.output('node-repair', 0)).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(trace(scenario, 1, 'node-repair')).toContain('WaitForTurn');
    expect(bootsOf(machine)).toBe(2);
    expect(instanceIds.map((id) => stateOf(scenario, id))).toEqual(['InService', 'InService', 'InService']);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('a control-plane node that is well again once it is drained stays, with its member', async () => {
    const { scenario, etcd, sick, machine } = await sickly(3);
    startRepair(scenario, { instanceId: sick }, { signal: 'KernelDeadlock', ladder: ['replace', 'page'] });
    await alongsideEtcd(scenario, () => currentState(scenario, 'node-retire') === 'DrainNode');
    scenario.cluster.kubernetes.problems.takeBack(machine.privateDnsName, 'KernelDeadlock');
    await etcdWorkIsOver(scenario, 'node-repair');

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: '', remark: 'it is well again' });
    expect(trace(scenario, 0, 'node-retire')).toEqual(expect.arrayContaining(['UndoDrain', 'NodeStays']));
    expect([bootsOf(machine), stateOf(scenario, sick)]).toEqual([1, 'InService']);
    expect(await etcd.open('m1').members({ confirmed: true })).toHaveLength(3);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('a control-plane node whose reboot would lose the quorum is left alone, and a person is told', async () => {
    const { scenario, etcd, sick, machine } = await sickly(3);
    await etcd.kill('m3');
    startRepair(scenario, { instanceId: sick }, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });
    await etcdWorkIsOver(scenario, 'node-repair');

    expect(scenario.outcomes('node-repair')).toEqual(['FAILED NodeNotRepaired']);
    expect(scenario.cause('node-repair')).toMatch(/etcd would keep its quorum without it|etcd would lose its quorum/);
    expect(trace(scenario, 0, 'node-repair')).not.toContain('TakeLease');
    expect([bootsOf(machine), stateOf(scenario, sick)]).toEqual([1, 'InService']);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
    expect(pages(scenario)).toHaveLength(1);
  });
});
