import { describe, expect, it } from 'vitest';
import {
  conditionOfNode,
  guard,
  isOver,
  podsOn,
  rehearseFleet,
  retireByHand,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rehearseSickness, startRepair } from '../../support/scenarios/repair.ts';
import { hookAnswers, lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const drains = (scenario: FaultScenario) =>
  scenario.deployment
    .executions('node-drain')
    .filter(({ run }) => run.history.some((event) => event.stateEnteredEventDetails?.name === 'CordonNode'));

/** Drains that worked on the node while another one did, by the names of their executions. */
function overlapping(scenario: FaultScenario): string[] {
  const spans = drains(scenario).map(({ name, run }) => {
    const begun = run.history.find((event) => event.stateEnteredEventDetails?.name === 'CordonNode')?.timestamp ?? 0;
    return { name, from: Number(begun), to: run.stoppedAt ?? Number.POSITIVE_INFINITY };
  });
  return spans.flatMap((one, index) =>
    spans
      .slice(index + 1)
      .flatMap((other) => (one.from < other.to && other.from < one.to ? [`${one.name} and ${other.name}`] : [])),
  );
}

/** Pods that drains have asked to leave, by what they say at their end. */
function evictionsIn(scenario: FaultScenario): number {
  const outputs = scenario.deployment.executions('node-drain').map((_, index) => scenario.output('node-drain', index));
  return outputs.reduce((sum, { evicted = 0 }) => sum + Number(evicted), 0);
}

describe('one instance', { timeout }, () => {
  it('that rebalance, spot and its hook want is drained once, in the time of spot, and each of them is answered', async () => {
    const { scenario, leaver } = await rehearseFleet({ spot: true, entry: { retire: { rebalance: 'retire' } } });
    const { instances } = scenario.cloud.fleet;
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    instances.recommendRebalance(leaver.instanceId);
    await scenario.world.advance(60_000);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');
    const deadline = () => String([...stored(scenario, 'claims/').values()][0]?.deadline);
    const before = deadline();

    const warnedAt = scenario.world.now();
    instances.interruptSpot(leaver.instanceId);
    await scenario.world.advance(20_000);
    expect(Date.parse(deadline())).toBeLessThan(warnedAt + 120_000);
    expect(Date.parse(before)).toBeGreaterThan(warnedAt + 120_000);
    await scaleIn(scenario, leaver);
    await scenario.world.advance(10_000);
    loosen();
    await scenario.world.until('it is empty', () => podsOn(scenario, leaver).length === 0, 120_000);
    expect(scenario.world.now()).toBeLessThan(warnedAt + 120_000);
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('Terminating:Wait');

    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect(scenario.outcomes('node-drain').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect(scenario.output('node-drain', 0)).toMatchObject({ outcome: 'drained', evicted: 1 });
    expect(overlapping(scenario)).toEqual([]);
    expect(evictionsIn(scenario)).toBe(1);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
  });

  it('whose hook and spot warning come twice and in the wrong order is drained once', async () => {
    const { scenario, leaver } = await rehearseFleet({ spot: true, application: { pods: 4, minAvailable: 3 } });
    const { events, fleet } = scenario.cloud;
    events.doubleNext((event) => event['detail-type'].includes('Interruption'), 3_000);
    events.doubleNext((event) => event['detail-type'].includes('terminate Lifecycle'), 8_000);
    // The hook's event overtakes the warning.
    events.delayNext((event) => event['detail-type'].includes('Interruption'), 15_000);
    fleet.instances.interruptSpot(leaver.instanceId);
    await scaleIn(scenario, leaver);
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('that spot takes while a rebalance cannot empty it is not put back in between', async () => {
    const { scenario, leaver } = await rehearseFleet({
      spot: true,
      terminateHook: false,
      entry: { retire: { rebalance: 'retire' } },
    });
    const { instances } = scenario.cloud.fleet;
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    instances.recommendRebalance(leaver.instanceId);
    await scenario.world.advance(60_000);
    instances.interruptSpot(leaver.instanceId);
    for (let seconds = 0; seconds < 125; seconds += 5) {
      await scenario.world.advance(5_000);
      expect(conditionOfNode(scenario, leaver)).toMatch(/cordoned|gone/);
      expect(scenario.targets()).not.toContain(leaver.instanceId);
    }
    await scenario.comesToRest();
    expect(scenario.output('node-drain', 0)).toMatchObject({ outcome: 'leaves', blockers: [expect.any(String)] });
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect(scenario.leftovers()).toEqual([]);
  });

  it('that spot takes is empty within its two minutes, and its Node goes with it', async () => {
    const { scenario, leaver } = await rehearseFleet({
      spot: true,
      terminateHook: false,
      application: { pods: 6, minAvailable: 5 },
    });
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
    expect(Number(scenario.output('node-drain').seconds)).toBeLessThanOrEqual(110);
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('that a person and its hook retire at a time is drained by the first, and the hook waits for it', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    await scaleIn(scenario, leaver);
    await scenario.world.advance(200_000);
    expect(drains(scenario)).toHaveLength(1);
    expect(scenario.heartbeats()).toBeGreaterThanOrEqual(1);
    loosen();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});

describe('a terminate hook', { timeout }, () => {
  it('that expires under us ends the drain quietly: the instance goes, and all is cleaned up', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout: 60 } });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    const denied = { kind: 'error', code: 'Throttling', message: 'Rate exceeded', status: 400 } as const;
    scenario.plant(({ operation }) => operation === 'RecordLifecycleActionHeartbeat', denied, { times: 99 });
    await scaleIn(scenario, leaver);
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`TIMEOUT ${leaver.instanceId}`]);
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('beside one of somebody else is answered alone: theirs is theirs', async () => {
    const { scenario, leaver } = await rehearseFleet();
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      LifecycleHookName: 'backup',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 1_200,
      DefaultResult: 'CONTINUE',
    });
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    await scenario.world.advance(60_000);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('Terminating:Wait');
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`, `TIMEOUT ${leaver.instanceId}`]);
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('an instance whose node', { timeout }, () => {
  it('is missing is let go at once', async () => {
    const { scenario, leaver } = await rehearseFleet();
    // Its kubelet is dead, and somebody has deleted the Node.
    scenario.cloud.fleet.instances.impair(leaver.instanceId);
    scenario.cluster.kubernetes.store.remove('nodes', leaver.nodeName);
    await scaleIn(scenario, leaver);
    const began = scenario.world.now();
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED']);
    expect(scenario.world.now() - began).toBeLessThan(200_000);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('object is gone while it lives is retired all the same, by a person', async () => {
    const { scenario, leaver } = await rehearseFleet();
    scenario.cluster.kubernetes.store.remove('nodes', leaver.nodeName);
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.outcomes('node-retire').at(0)).toBe('SUCCEEDED');
    await scenario.comesToRest();
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('has been NotReady for long is asked for 30 seconds only', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { graceCapSeconds: 30 } } });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.cloud.fleet.instances.impair(leaver.instanceId);
    await scenario.world.until('it is silent', () => conditionOfNode(scenario, leaver).startsWith('NotReady'), 600_000);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(Number(scenario.output('node-drain').seconds)).toBeGreaterThanOrEqual(30);
    expect(Number(scenario.output('node-drain').seconds)).toBeLessThan(60);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });
});

describe('an instance that a repair works on', { timeout }, () => {
  /** A repair that is about to reboot the node, and waits for a pod to leave until it is let. */
  async function rebooting(options: Parameters<typeof rehearseSickness>[0]) {
    const { scenario, sick } = await rehearseSickness({ terminateHook: false, replaced: true, ...options });
    const loosen = guard(scenario, sick);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    await scenario.world.advance(5_000);
    startRepair(scenario, { instanceId: sick.instanceId }, { signal: 'KernelDeadlock', ladder: ['reboot', 'page'] });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    return { scenario, sick, loosen };
  }

  it('has one replacement launched for a rebalance, which is kept until the node is free', async () => {
    const entry = { retire: { rebalance: 'retire', launchFirst: true } };
    const { scenario, sick, loosen } = await rebooting({ spot: true, entry });
    scenario.cloud.fleet.instances.recommendRebalance(sick.instanceId);
    await scenario.untilState('WaitToTryAgain', 3, 'node-retire');
    expect(scenario.outcomes('node-repair')).toEqual(['running']);
    expect(scenario.cluster.inService()).toHaveLength(3);
    loosen();
    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    const states = trace(scenario, 0, 'node-retire');
    expect(states.filter((state) => /^(Launch|Withdraw)Replacement$/.test(state))).toEqual(['LaunchReplacement']);
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect([lifecycleState(scenario, sick.instanceId), scenario.cluster.inService().length]).toEqual([undefined, 2]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it.each([false, true])(
    'leaves no surplus when spot takes it while that is kept (with a hook: %s)',
    async (terminateHook) => {
      const entry = { retire: { rebalance: 'retire', launchFirst: true } };
      const { scenario, sick } = await rebooting({ spot: true, entry, terminateHook });
      const { instances, groups } = scenario.cloud.fleet;
      instances.recommendRebalance(sick.instanceId);
      await scenario.untilState('WaitToTryAgain', 1, 'node-retire');
      instances.interruptSpot(sick.instanceId);
      await scenario.comesToRest();

      expect(groups.all.get(scenario.cluster.workersGroup)?.desired).toBe(2);
      expect([scenario.cluster.inService().length, scenario.leftovers()]).toEqual([2, []]);
    },
  );

  it('is not retired where that takes longer than a retirement may wait, and it says who has it', async () => {
    const { scenario, sick, loosen } = await rebooting({});
    const notAfter = new Date(scenario.world.now() + 600_000).toISOString();
    await retireByHand(scenario, { instanceId: sick.instanceId, notAfter });

    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(scenario.cause('node-retire')).toMatch(/: tender-dev-node-repair:\S+ still worked on it at /);
    loosen();
    await scenario.comesToRest();
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect([conditionOfNode(scenario, sick), scenario.leftovers(), pages(scenario)]).toEqual(['Ready', [], []]);
  });

  it('is taken from it when maintenance comes near', async () => {
    const entry = { drain: { timeoutSeconds: 1_200, graceCapSeconds: 0 } };
    const { scenario, sick, loosen } = await rebooting({ entry });
    const startsInMs = 1_500_000;
    scenario.cloud.fleet.instances.scheduleMaintenance(sick.instanceId, { startsInMs, kind: 'reboot' });
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'aside' });
    loosen();
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')).toContain('SUCCEEDED');
    expect(lifecycleState(scenario, sick.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
