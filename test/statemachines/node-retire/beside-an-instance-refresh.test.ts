import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const MINUTE_MS = 60_000;

/** Announces it to a node, and gives the time when it begins. */
function announce({ cloud, world }: FaultScenario, { instanceId }: Worker, startsInMs: number): number {
  cloud.fleet.instances.scheduleMaintenance(instanceId, { startsInMs, kind: 'reboot' });
  return world.now() + startsInMs;
}

/** What Auto Scaling answers Tender's plans with, when they ask for instance refreshes. */
function isAnswered({ world }: FaultScenario, fault: Parameters<typeof world.faults.plant>[1]): () => void {
  return world.faults.plant(
    ({ operation, functionName = '' }) =>
      operation === 'DescribeInstanceRefreshes' && functionName.endsWith('plan-retire'),
    fault,
  );
}

describe('maintenance of a node whose group may be being refreshed', { timeout }, () => {
  it('is planned again where the question was throttled, and the node is replaced', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    const lift = isAnswered(scenario, { kind: 'throttle' });
    announce(scenario, leaver, 10 * 24 * 60 * MINUTE_MS);
    await scenario.untilState('WaitForAws', 1, 'node-retire');
    lift();
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('waits until Tender may ask, and the node is replaced before it begins', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    const lift = isAnswered(scenario, { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 });
    const startsAt = announce(scenario, leaver, 6 * 60 * MINUTE_MS);
    await scenario.untilState('WaitToTryAgain', 2, 'node-retire');
    expect([conditionOfNode(scenario, leaver), pages(scenario)]).toEqual(['Ready', []]);
    lift();
    await isOver(scenario, 'node-retire');
    expect(scenario.world.now()).toBeLessThan(startsAt);
    await scenario.comesToRest();
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is told to a person where nobody can say until it comes near, and the node serves on', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    isAnswered(scenario, { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 });
    announce(scenario, leaver, 2 * 60 * MINUTE_MS);
    await isOver(scenario, 'node-retire');
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    await scenario.world.advance(5_000);
    expect(pages(scenario).map(({ message }) => message)).toEqual([expect.stringContaining('nobody can say')]);
  });

  it('is the refresh’s to come before: what that has replaced by then is gone, and nobody is told', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true });
    await scenario.operate('autoscaling', 'StartInstanceRefresh', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      Preferences: { MinHealthyPercentage: 50, InstanceWarmup: 0 },
    });
    announce(scenario, leaver, 24 * 60 * MINUTE_MS);
    await scenario.untilState('WaitToTryAgain', 1, 'node-retire');
    await scenario.comesToRest(24 * 60 * MINUTE_MS);
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
