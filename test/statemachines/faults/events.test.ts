import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const launchHook = (event: { readonly 'detail-type': string }) =>
  event['detail-type'] === 'EC2 Instance-launch Lifecycle Action';

async function joinedOnce(scenario: FaultScenario): Promise<void> {
  const instanceId = await scenario.launch();
  await scenario.comesToRest();
  expect(scenario.cluster.inService()).toEqual([instanceId]);
  expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  expect(scenario.leftovers()).toEqual([]);
  expect(scenario.sickInService()).toEqual([]);
}

describe('the event of a launch hook', () => {
  it.each([
    ['a second later', 1_000],
    ['while its node joins', 60_000],
    ['when its node is in service', 20 * 60_000],
  ])('that comes again %s starts nothing a second time', async (_, milliseconds) => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.doubleNext(launchHook, milliseconds);
    await joinedOnce(scenario);
    await scenario.world.advance(milliseconds);
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
  });

  it('that comes minutes late finds the hook still waiting, and the node joins', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.delayNext(launchHook, 200_000);
    await joinedOnce(scenario);
  });

  it('that comes before EC2 shows the instance is waited with', async () => {
    const scenario = await FaultScenario.prepare({ cloud: { ec2Timing: { visible: [12_000, 13_000] } } });
    await joinedOnce(scenario);
  });

  it('that is overtaken by another instance’s changes nothing for either', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.delayNext(launchHook, 90_000);
    await scenario.cluster.scaleTo(2);
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toHaveLength(2);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('that is lost leaves the instance to the hook’s own default result, and the next instance joins', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.loseNext(launchHook);
    const lost = await scenario.launch();
    await scenario.comesToRest();
    expect(scenario.events('LifecycleActionTimedOut')).toHaveLength(1);
    expect(scenario.cluster.inService()).toHaveLength(1);
    expect(scenario.cluster.inService()).not.toContain(lost);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('that comes after the hook has ended says so, and harms no other instance', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.delayNext(launchHook, 15 * 60_000);
    const late = await scenario.launch();
    await scenario.comesToRest();
    await scenario.world.advance(15 * 60_000);
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).not.toContain(late);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED', 'FAILED NodeNotBootstrapped']);
    expect(scenario.cause('node-bootstrap', 1)).toContain(late);
    expect(scenario.outcomes('sweep')).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });
});
