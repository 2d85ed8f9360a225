import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { transitions } from '../../support/scenarios/scenario.ts';

const long = process.env.TENDER_LONG !== undefined;
const moments = ['PlanBootstrap', 'OfferJoin', 'LabelNode', 'WaitForTargets', 'AdmitNode'] as const;
/** All moments in the long run; otherwise the two or three in which the most differs. */
const among = (...few: readonly (typeof moments)[number][]) => (long ? moments : few);

/** Transitions of all drains together. */
function drainTransitions(scenario: FaultScenario): number {
  const drains = scenario.deployment.executions('node-drain');
  return drains.reduce((sum, _, index) => sum + transitions(scenario, index, 'node-drain'), 0);
}

async function answerHook(scenario: FaultScenario, instanceId: string, result: string): Promise<void> {
  await scenario.operate('autoscaling', 'CompleteLifecycleAction', {
    AutoScalingGroupName: scenario.cluster.workersGroup,
    LifecycleHookName: 'tender-launch',
    InstanceId: instanceId,
    LifecycleActionResult: result,
  });
}

/** Whatever happened, the group is whole again with healthy nodes, and nothing of the first instance is left. */
function expectWholeAndClean(scenario: FaultScenario): void {
  expect(scenario.leftovers()).toEqual([]);
  expect(scenario.sickInService()).toEqual([]);
  expect(scenario.cluster.inService()).toHaveLength(1);
  expect(scenario.outcomes('sweep').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
}

describe('a hook that somebody else completes', () => {
  it.each(among('OfferJoin', 'WaitForTargets'))(
    'with CONTINUE in %s: the node is bootstrapped all the same',
    async (state) => {
      const scenario = await FaultScenario.prepare({ schedules: false });
      const instanceId = await scenario.launch();
      await scenario.untilState(state);
      await answerHook(scenario, instanceId, 'CONTINUE');
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).toEqual([instanceId]);
      expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
      expectWholeAndClean(scenario);
    },
  );

  it.each(among('LabelNode', 'AdmitNode'))(
    'with ABANDON in %s: the execution ends, and nothing of the instance is left',
    async (state) => {
      const scenario = await FaultScenario.prepare({ schedules: false });
      const instanceId = await scenario.launch();
      await scenario.untilState(state);
      await answerHook(scenario, instanceId, 'ABANDON');
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).not.toContain(instanceId);
      expectWholeAndClean(scenario);
    },
  );

  it('that expires because no heartbeat gets through ends as its default says, and the execution with it', async () => {
    const scenario = await FaultScenario.prepare({ heartbeatTimeout: 60 });
    const lift = scenario.plant(
      ({ operation }) => operation === 'RecordLifecycleActionHeartbeat',
      { kind: 'throttle' },
      { times: Number.POSITIVE_INFINITY },
    );
    const instanceId = await scenario.launch();
    await scenario.world.until('it expires', () => scenario.events('LifecycleActionTimedOut').length > 0);
    lift();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).not.toContain(instanceId);
    expect(scenario.outcomes()[0]).toBe('FAILED NodeNotBootstrapped');
    expectWholeAndClean(scenario);
  });
});

describe('an instance that is taken away while it joins', () => {
  it.each(among('PlanBootstrap', 'WaitForTargets'))(
    'terminated by hand in %s: undone, replaced, and told',
    async (state) => {
      const scenario = await FaultScenario.prepare({ schedules: false });
      const instanceId = await scenario.launch();
      await scenario.untilState(state);
      await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).not.toContain(instanceId);
      expectWholeAndClean(scenario);
    },
  );

  it.each(among('WaitForTargets'))('scaled in in %s: undone', async (state) => {
    const scenario = await FaultScenario.prepare({ schedules: false });
    await scenario.launch();
    await scenario.untilState(state);
    await scenario.cluster.scaleTo(0);
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
    // The drain waits for the bootstrap to end, without a hook to keep alive meanwhile: it looks less and less often.
    expect(drainTransitions(scenario)).toBeLessThan(150);
    expect(scenario.outcomes('sweep').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
  });

  it.each(among('OfferJoin', 'WaitForTargets'))('with its whole group in %s: undone', async (state) => {
    const scenario = await FaultScenario.prepare({ schedules: false });
    await scenario.launch();
    await scenario.untilState(state);
    const input = { AutoScalingGroupName: scenario.cluster.workersGroup, ForceDelete: true };
    await scenario.operate('autoscaling', 'DeleteAutoScalingGroup', input);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.outcomes()[0]).not.toBe('running');
    expect(scenario.outcomes('sweep').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
  });
});
