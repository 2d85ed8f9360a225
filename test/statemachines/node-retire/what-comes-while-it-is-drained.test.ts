import { describe, expect, it } from 'vitest';
import {
  conditionOfNode,
  type Fleet,
  guard,
  isOver,
  podsOn,
  rehearseFleet,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { hookAnswers, lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 120_000;

/** A retirement by hand of a worker whose pod its budget keeps; and how to let it go, and see the retirement end. */
async function inTheMiddle(): Promise<Fleet & { readonly finish: () => Promise<void> }> {
  const fleet = await rehearseFleet({ replaced: true });
  const { scenario, leaver } = fleet;
  const loosen = guard(scenario, leaver);
  await scenario.world.advance(5_000);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId, reason: 'by hand' });
  await scenario.untilState('EvictPods', 1, 'node-drain');
  const finish = async () => {
    loosen();
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
  };
  return { ...fleet, finish };
}

describe('a node that leaves by choice', { timeout }, () => {
  it('whose instance a person puts into Standby while it is drained stays, and is put back', async () => {
    const { scenario, leaver, finish } = await inTheMiddle();
    const { instanceId } = leaver;
    const { workersGroup: AutoScalingGroupName } = scenario.cluster;
    const input = { AutoScalingGroupName, InstanceIds: [instanceId], ShouldDecrementDesiredCapacity: true };
    await scenario.operate('autoscaling', 'EnterStandby', input);
    await scenario.world.advance(60_000);
    await finish();
    expect([lifecycleState(scenario, instanceId), conditionOfNode(scenario, leaver)]).toEqual(['Standby', 'Ready']);
    expect(scenario.cause('node-retire')).toContain(
      'it was drained, and now it stays: its lifecycle state is Standby by now, not InService',
    );
    // It is where it was, also behind its load balancers.
    const left = scenario.leftovers().filter((one) => one !== `target ${instanceId}`);
    expect([left, pages(scenario)]).toEqual([[], []]);
  });

  it('stays, and is put back, where the andon is pulled while it is drained', async () => {
    const { scenario, leaver, finish } = await inTheMiddle();
    await pullAndon(scenario);
    await finish();
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('InService');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.cause('node-retire')).toContain('it was drained, and now it stays: the andon is on');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is not terminated by an execution that is redriven once the sweep has put the node back', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    const { instanceId } = leaver;
    const isTermination = (call: { operation: string }) => call.operation === 'TerminateInstanceInAutoScalingGroup';
    const heal = scenario.plant(isTermination, { kind: 'throttle' }, { times: 99 });
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId });
    const execution = await scenario.untilState('TerminateInstance', 1, 'node-retire');
    await scenario.stop(execution);
    await isOver(scenario, 'sweep-retire');
    heal();
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');

    // A redrive runs the state that was aborted once more, with its variables.
    const input = { cluster: 'demo', instanceId, voluntary: true, shrink: false, atLeast: 0 };
    const again = await scenario.invoke('terminate-instance', {
      ...input,
      execution: execution.arn,
      step: 'TerminateInstance',
    });
    expect(again).toMatchObject({ outcome: 'stays', why: expect.stringContaining('nobody has its claim by now') });
    await scenario.world.advance(60_000);
    expect([lifecycleState(scenario, instanceId), conditionOfNode(scenario, leaver)]).toEqual(['InService', 'Ready']);
  });
});

describe('a node whose terminate hook waits, and whose drain somebody stops', { timeout }, () => {
  it('is drained on, and its hook is answered once it is empty', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.stop(await scenario.untilState('EvictPods', 1, 'node-drain'));
    await scenario.world.advance(600_000);
    expect(scenario.outcomes('node-drain')).toEqual([expect.stringContaining('ABORTED'), 'running']);
    expect([hookAnswers(scenario), podsOn(scenario, leaver)]).toEqual([[], ['guarded']]);
    loosen();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.output('node-retire', 0)).toMatchObject({
      outcome: 'retired',
      remark: expect.stringContaining('its drain was stopped, and another one went on'),
    });
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is retained at once, and put back, where policy and group say so', async () => {
    const { scenario, leaver } = await rehearseFleet({
      entry: { retire: { whenDrainFails: 'abandon-and-retain' } },
      group: { InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } } },
    });
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.stop(await scenario.untilState('EvictPods', 1, 'node-drain'));
    loosen();
    await scenario.comesToRest();
    expect(scenario.outcomes('node-drain')).toEqual([expect.stringContaining('ABORTED')]);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${leaver.instanceId}`]);
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('Terminating:Retained');
    expect([conditionOfNode(scenario, leaver), pages(scenario).length]).toEqual(['Ready', 1]);
  });

  it('is let go, and a person is told, when the third one is stopped', async () => {
    const { scenario, leaver } = await rehearseFleet();
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    for (const turn of [1, 2, 3]) await scenario.stop(await scenario.untilState('EvictPods', turn, 'node-drain'));
    await scenario.comesToRest();
    expect(
      scenario
        .outcomes('node-drain')
        .slice(0, 3)
        .map((one) => one.split(' ')[0]),
    ).toEqual(Array(3).fill('ABORTED'));
    expect(scenario.outcomes('node-retire')[0]).toBe('FAILED NodeNotRetired');
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario)).toHaveLength(1);
  });
});
