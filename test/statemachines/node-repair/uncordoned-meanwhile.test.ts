import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, guard, isOver, podsOn } from '../../support/scenarios/departure.ts';
import { bootsOf, rehearseSickness, startRepair } from '../../support/scenarios/repair.ts';
import { lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

it.each([
  ['its reboot', ['reboot', 'replace', 'page']],
  ['its replacement', ['replace', 'page']],
])(
  'a sick node that a person uncordons while it is drained for %s stays, and no other rung is tried',
  {
    timeout,
  },
  async (_what, ladder) => {
    const { scenario, sick, machine } = await rehearseSickness({ replaced: true });
    const loosen = guard(scenario, sick);
    await scenario.world.advance(5_000);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
    startRepair(scenario, { instanceId: sick.instanceId }, { signal: 'KernelDeadlock', ladder });
    await scenario.untilState('EvictPods', 2, 'node-drain');
    expect(conditionOfNode(scenario, sick)).toContain('cordoned');
    scenario.cluster.kubernetes.store.change<ClusterNode>('nodes', sick.nodeName, undefined, ({ spec }) => {
      spec.unschedulable = false;
    });
    await scenario.untilState('NodeNotDrained', 1, 'node-drain');
    // Nothing would hold up a drain that comes after this one.
    loosen();
    await isOver(scenario, 'node-repair');
    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'aside',
      rungs: [{ rung: ladder[0], outcome: expect.stringContaining('somebody uncordoned it meanwhile') }],
      remark: 'somebody uncordoned it meanwhile, so it stays',
    });
    expect(trace(scenario, 0, 'node-repair')).toContain('ReleaseLease');
    expect(scenario.outcomes('node-drain')).toHaveLength(1);
    expect([lifecycleState(scenario, sick.instanceId), conditionOfNode(scenario, sick), bootsOf(machine)]).toEqual([
      'InService',
      'Ready',
      1,
    ]);
    expect(podsOn(scenario, sick)).toContain('guarded');
    expect(scenario.targets()).toContain(sick.instanceId);
    expect(stored(scenario, 'claims/').size).toBe(0);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  },
);
