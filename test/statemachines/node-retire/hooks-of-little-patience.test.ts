import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, podsOn, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const MINUTE_MS = 60_000;

describe.each([60, 120])('a hook of %d seconds', { timeout }, (heartbeatTimeout) => {
  it('outlives an API server that is silent from the beginning for ten minutes', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout } });
    scenario.cluster.kubernetes.down('silent');
    await scaleIn(scenario, leaver);
    await scenario.world.advance(10 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([]);
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('outlives load balancers that do not answer, and its node is emptied all the same', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout } });
    scenario.plant(({ operation }) => operation.startsWith('Deregister'), { kind: 'hang' }, { times: 99 });
    await scaleIn(scenario, leaver);
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect(pages(scenario)).toEqual([]);
  });

  it('outlives a state bucket that does not answer, and its node is emptied all the same', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout }, application: { pods: 2 } });
    await scaleIn(scenario, leaver);
    await scenario.untilState('PlanDrain', 1, 'node-drain');
    const heal = scenario.plant(({ service }) => service === 's3', { kind: 'hang' }, { times: 999 });
    await scenario.world.advance(5 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([]);
    expect(podsOn(scenario, leaver)).toEqual([]);
    heal();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
  });

  it('outlives one that falls silent while a pod is waited for', async () => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout } });
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.untilState('WaitForPods', 3, 'node-drain');
    scenario.cluster.kubernetes.down('silent');
    await scenario.world.advance(10 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([]);
    loosen();
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('outlives what is undone for minutes, and the instance is retained as the policy says', async () => {
    const retention = { InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' as const } } };
    const { scenario, leaver } = await rehearseFleet({
      terminateHook: { heartbeatTimeout },
      group: retention,
      entry: { retire: { whenDrainFails: 'abandon-and-retain' }, drain: { timeoutSeconds: 60, graceCapSeconds: 0 } },
    });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.untilState('UndoDrain', 1, 'node-drain');
    scenario.cluster.kubernetes.down('silent');
    scenario.plant(
      ({ operation }) => /^Register(Targets|Instances)/.test(operation),
      { kind: 'error', code: 'Throttling', message: 'Rate exceeded', status: 400 },
      { times: 99 },
    );
    await scenario.world.until('the hook is over', () => hookAnswers(scenario).length > 0, 60 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${leaver.instanceId}`]);
    await scenario.world.advance(5_000);
    expect(pages(scenario)).toHaveLength(1);
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
  });
});

describe('a hook of a minute, whose drain may take three hours', { timeout }, () => {
  it('is answered before its hundred minutes are over, emptied or not', async () => {
    const { scenario, leaver } = await rehearseFleet({
      terminateHook: { heartbeatTimeout: 60 },
      entry: { drain: { timeoutSeconds: 10_800 } },
    });
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    const began = scenario.world.now();
    await scenario.world.until('the hook is over', () => hookAnswers(scenario).length > 0, 120 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.world.now() - began).toBeLessThan(100 * MINUTE_MS);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('a hook whose heartbeats are refused', { timeout }, () => {
  it.each([
    ['for want of a right', { code: 'AccessDenied', message: 'is not authorized to perform it', status: 403 }],
    ['for too many of them', { code: 'Throttling', message: 'Rate exceeded', status: 400 }],
  ])('%s is answered as soon as its node is empty', async (_, refusal) => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout: 900 } });
    const annotations = { 'simulation/ignores-sigterm': 'true' };
    const spec = { nodeName: leaver.nodeName, terminationGracePeriodSeconds: 500 };
    scenario.cluster.kubernetes.seed.pod({ name: 'slow', annotations, spec });
    await scenario.world.advance(5_000);
    scenario.plant(
      ({ operation }) => operation === 'RecordLifecycleActionHeartbeat',
      { kind: 'error', ...refusal },
      { times: 9_999 },
    );
    await scaleIn(scenario, leaver);
    await scenario.world.advance(10 * MINUTE_MS);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 1 });
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
  });
});
