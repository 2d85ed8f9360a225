import { describe, expect, it } from 'vitest';
import { conditionOfNode, eventsOf, podsOn } from '../../support/scenarios/departure.ts';
import {
  bootsOf,
  keepUnhealthy,
  rehearseSickness,
  repair,
  startRepair,
  untilReady,
} from '../../support/scenarios/repair.ts';
import { lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

describe('a sick node is mended by the least that mends it', { timeout }, () => {
  it('a dead kubelet by a restart, which disrupts nothing and takes no place in the budget', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);

    await repair(scenario, sick, { signal: 'Unknown' });

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      rung: 'restart',
      rungs: [{ rung: 'restart', outcome: 'mended', seconds: expect.any(Number) }],
    });
    expect(Number(scenario.output('node-repair').seconds)).toBeLessThan(120);
    expect(Number(scenario.output('node-repair').estimatedDollars)).toBeLessThan(0.003);
    expect(trace(scenario, -1, 'node-repair')).not.toContain('TakeLease');
    expect([conditionOfNode(scenario, sick), bootsOf(machine)]).toEqual(['Ready', 1]);
    expect(eventsOf(scenario, sick)).toEqual(
      expect.arrayContaining([
        'KubeletRestarting: Tender restarts containerd and the kubelet (repair: Unknown)',
        'NodeMended: Tender mended the node by a restart (Unknown)',
      ]),
    );
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('a machine that hangs by a reboot, without a drain that nobody would answer', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ application: { pods: 4, minAvailable: 2 } });
    const bootId = machine.bootId;
    scenario.cloud.fleet.instances.hang(sick.instanceId);
    await keepUnhealthy(scenario);
    await untilReady(scenario, sick, false);

    await repair(scenario, sick, { signal: 'Unknown' });

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      rung: 'reboot',
      rungs: [
        { rung: 'restart', outcome: 'left out: its SSM agent does not answer' },
        { rung: 'reboot', outcome: 'mended' },
      ],
    });
    expect(machine.bootId).not.toBe(bootId);
    expect(scenario.outcomes('node-drain')).toEqual([]);
    await scenario.comesToRest();
    expect([scenario.leftovers(), conditionOfNode(scenario, sick), pages(scenario)]).toEqual([[], 'Ready', []]);
  });

  it('a condition of a node that answers by a reboot, emptied before and put back after', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ application: { pods: 4, minAvailable: 2 } });
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });

    await repair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
    expect(podsOn(scenario, sick)).toEqual([]);
    expect([conditionOfNode(scenario, sick), bootsOf(machine)]).toEqual(['Ready', 2]);
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('a node that looks well by the rung that a person asks for, and by none where nobody does', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ replaced: true });

    await repair(scenario, sick);
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      rungs: [],
      remark: expect.stringMatching(/--from takes a rung all the same$/),
    });
    await repair(scenario, sick, { from: 'reboot' });
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(bootsOf(machine)).toBe(2);
    await repair(scenario, sick, { from: 'replace' });
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'replaced', rung: 'replace' });
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('broken hardware by another machine, once it is in service', async () => {
    const { scenario, sick } = await rehearseSickness({ replaced: true });
    scenario.cloud.fleet.instances.hang(sick.instanceId, 'hardware');
    await keepUnhealthy(scenario);
    await untilReady(scenario, sick, false);

    await repair(scenario, sick, { signal: 'Unknown', ladder: ['replace', 'page'] });

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'replaced',
      rung: 'replace',
      rungs: [{ rung: 'replace', outcome: 'replaced' }],
    });
    expect(lifecycleState(scenario, sick.instanceId)).not.toBe('InService');
    expect(scenario.cluster.inService()).toHaveLength(2);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('a node that still serves by another one that is in service before it goes, where the policy launches first', async () => {
    const { scenario, sick } = await rehearseSickness({ replaced: true, entry: { retire: { launchFirst: true } } });
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, {
      type: 'StorageReady',
      status: 'False',
      afterReboot: 'stale',
    });
    startRepair(scenario, { instanceId: sick.instanceId }, { signal: 'StorageReady', ladder: ['replace', 'page'] });
    const serving: number[] = [];
    while (scenario.outcomes('node-repair').includes('running')) {
      await scenario.world.advance(5_000);
      serving.push(scenario.cluster.inService().length);
    }
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'replaced' });
    expect(trace(scenario, 0, 'node-retire')).toContain('LaunchReplacement');
    expect(Math.min(...serving)).toBe(2);
    expect(Math.max(...serving)).toBe(3);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario), scenario.cluster.inService().length]).toEqual([[], [], 2]);
  });

  it('a node that serves in a group that needs it, by another machine that comes first', async () => {
    const { scenario, sick } = await rehearseSickness({ replaced: true, terminateHook: false });
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });

    startRepair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['replace', 'page'], launchFirst: true });
    await scenario.untilState('DrainNode', 1, 'node-retire');

    expect(scenario.cluster.inService()).toHaveLength(3);
    await scenario.comesToRest();
    expect(scenario.outcomes('node-repair')).toEqual(['SUCCEEDED']);
    expect(lifecycleState(scenario, sick.instanceId)).toBeUndefined();
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
