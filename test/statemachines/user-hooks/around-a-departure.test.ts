import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, retireByHand, scaleIn } from '../../support/scenarios/departure.ts';
import { callsOf, ownMachine, useHooks } from '../../support/scenarios/own-hooks.ts';
import { hookAnswers, trace } from '../../support/scenarios/scenario.ts';

const timeout = 60_000;

describe('hooks of the user’s own around a departure', { timeout }, () => {
  it('are run before and after the drain and the termination, in their order, and are told what is done', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-tell');
    await useHooks(scenario, [
      { name: 'last', at: 'after-terminate', run: await ownMachine(scenario, 'tender-hook-long', { seconds: 45 }) },
      { name: 'first', at: 'before-drain', run },
      { name: 'second', at: 'before-drain', run, onFailure: 'block' },
      { name: 'of-another-group', at: 'before-drain', run, groups: ['demo-others'] },
      { name: 'third', at: 'after-drain', run },
      { name: 'fourth', at: 'before-terminate', run },
    ]);
    await retireByHand(scenario, { nodeName: leaver.nodeName, reason: 'noisy disk' });
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    const calls = callsOf(scenario);
    expect(calls.map(({ hook, point }) => `${hook} ${point}`)).toEqual([
      'first before-drain',
      'second before-drain',
      'third after-drain',
      'fourth before-terminate',
      'last after-terminate',
    ]);
    expect(calls[0]).toMatchObject({
      contract: 1,
      cluster: 'demo',
      instanceId: leaver.instanceId,
      nodeName: leaver.nodeName,
      groupName: scenario.cluster.workersGroup,
      reason: 'noisy disk',
      voluntary: true,
      execution: scenario.deployment.executions('node-retire')[0]?.arn,
    });
    const drain = trace(scenario, 0, 'node-drain');
    expect(drain.indexOf('RunUserHooks')).toBeLessThan(drain.indexOf('ExcludeNode'));
    expect(drain.lastIndexOf('RunUserHooks')).toBeGreaterThan(drain.lastIndexOf('EvictPods'));
  });

  it('hold a node that is retired by choice, when they say so, and nothing was done to it', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-refuse', { fails: true });
    await useHooks(scenario, [{ name: 'warm', at: 'before-drain', run, onFailure: 'block' }]);
    await retireByHand(scenario, { nodeName: leaver.nodeName });
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(scenario.deployment.executions('node-retire')[0]?.run.outcome).toMatchObject({
      cause: expect.stringMatching(/the hook warm \(before-drain\) holds it: .*the cache is cold/),
    });
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  });

  it('hold one that is drained already, and it serves again', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-refuse', { fails: true });
    await useHooks(scenario, [{ name: 'archive', at: 'before-terminate', run, onFailure: 'block' }]);
    await retireByHand(scenario, { nodeName: leaver.nodeName });
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.cloud.fleet.instances.all.get(leaver.instanceId)?.state).toBe('running');
  });

  it('hold nothing that goes anyway: its lifecycle hook is kept alive while they run, and is answered when their time is up', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-slow', { seconds: 3_000 });
    await useHooks(scenario, [
      { name: 'archive', at: 'after-drain', run, timeoutSeconds: 1_200, onFailure: 'block' },
      { name: 'tell', at: 'before-terminate', run: await ownMachine(scenario, 'tender-hook-tell') },
    ]);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED']);
    expect(scenario.outcomes('user-hook')).toEqual(['ABORTED UserHookStopped', 'SUCCEEDED']);
    expect(scenario.output('user-hooks')).toMatchObject({ passed: ['tell'] });
    expect(trace(scenario, 0, 'user-hooks').filter((state) => state === 'RecordHeartbeat').length).toBeGreaterThan(5);
    expect(scenario.output('node-drain')).toMatchObject({
      outcome: 'drained',
      remark: 'archive: it had not ended after 1200 seconds',
    });
  });

  it('leave their place to a spot interruption that comes while they run', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-slow', { seconds: 3_000 });
    await useHooks(scenario, [{ name: 'slow', at: 'before-drain', run, timeoutSeconds: 1_800, onFailure: 'block' }]);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await scenario.world.advance(120_000);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    const interruptedAt = scenario.world.now();
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await isOver(scenario, 'node-retire', 2);
    const cordoned = scenario.events('StateEntered').find(({ details }) => details.state === 'CordonNode');
    expect((cordoned?.at ?? 0) - interruptedAt).toBeLessThan(60_000);
    expect(scenario.outcomes('user-hook')[0]).toBe('ABORTED UserHookStopped');
  });

  it('leave it to one that comes while they run for an instance that goes anyway', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const run = await ownMachine(scenario, 'tender-hook-slow', { seconds: 3_000 });
    await useHooks(scenario, [{ name: 'slow', at: 'before-drain', run, timeoutSeconds: 1_800 }]);
    await scaleIn(scenario, leaver);
    await scenario.world.advance(120_000);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    const interruptedAt = scenario.world.now();
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await isOver(scenario, 'node-retire', 2);
    const cordoned = scenario.events('StateEntered').find(({ details }) => details.state === 'CordonNode');
    expect((cordoned?.at ?? Number.POSITIVE_INFINITY) - interruptedAt).toBeLessThan(60_000);
  });

  it('take nothing of the time that the drain has', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { timeoutSeconds: 120 } } });
    const run = await ownMachine(scenario, 'tender-hook-slow', { seconds: 600 });
    await useHooks(scenario, [{ name: 'slow', at: 'before-drain', run, timeoutSeconds: 900, onFailure: 'block' }]);
    await retireByHand(scenario, { nodeName: leaver.nodeName });
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect(scenario.output('node-drain', 0)).toMatchObject({ outcome: 'drained', blockers: [] });
  });
});
