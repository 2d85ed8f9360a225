import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
/** A cooldown lasts 300 s by default, and an instance on its way into service blocks its group as well. */
const BUSY_MS = 330_000;
const busy = {
  kind: 'error',
  code: 'ScalingActivityInProgress',
  message: 'Scaling activity 0ea5f0da is in progress and blocks this action',
  status: 400,
} as const;
const launchFirst = { retire: { rebalance: 'retire', launchFirst: true } };

/** Makes one of Tender's functions hear that the group is busy, whatever it asks, for as long as given from its first call on. */
function isBusyFor({ world }: FaultScenario, name: string, forMs: number): void {
  let since = Number.NaN;
  world.faults.plant(({ operation, functionName = '' }) => {
    const changes = /^(SetDesiredCapacity|TerminateInstanceInAutoScalingGroup)$/.test(operation);
    if (!changes || !functionName.endsWith(name)) return false;
    since = Number.isNaN(since) ? world.now() : since;
    return world.now() < since + forMs;
  }, busy);
}

describe('a group that is busy, for as long as its cooldown lasts or longer,', { timeout }, () => {
  it('keeps no node that is drained: it goes when the group is free again, and nobody is told', async () => {
    const { scenario, leaver } = await rehearseFleet({ replaced: true, terminateHook: false });
    isBusyFor(scenario, 'terminate-instance', BUSY_MS);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('launches what is to come first when it is free again', async () => {
    const options = { spot: true, replaced: true, terminateHook: false, entry: launchFirst };
    const { scenario, leaver } = await rehearseFleet(options);
    isBusyFor(scenario, 'launch-replacement', BUSY_MS);
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect(scenario.output('node-retire', 0)).toMatchObject({ outcome: 'retired', shrunk: true });
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it.each([
    ['keeps no raised capacity when it is free again', BUSY_MS, 2, 0],
    ['is told to a person with its raised capacity where it is busy for more than twenty minutes', 3_600_000, 3, 1],
  ])('%s', async (_, forMs, inService, told) => {
    const entry = { ...launchFirst, drain: { timeoutSeconds: 60, graceCapSeconds: 0 } };
    const { scenario, leaver } = await rehearseFleet({ spot: true, replaced: true, terminateHook: false, entry });
    guard(scenario, leaver);
    isBusyFor(scenario, 'withdraw-replacement', forMs);
    await scenario.world.advance(5_000);
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')[0]).toBe('FAILED NodeNotRetired');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.cluster.inService()).toHaveLength(inService);
    expect(pages(scenario)).toHaveLength(told);
    expect(scenario.leftovers()).toEqual([]);
  });
});
