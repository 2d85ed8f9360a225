import { describe, expect, it } from 'vitest';
import {
  conditionOfNode,
  guard,
  isOver,
  rehearseFleet,
  retireByHand,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const denied = { kind: 'error', code: 'AccessDenied', message: 'not today', status: 403 } as const;
const throttled = { kind: 'error', code: 'Throttling', message: 'Rate exceeded', status: 400 } as const;
const always = { times: Number.POSITIVE_INFINITY };

describe('when load balancers cannot be left', { timeout }, () => {
  it('a voluntary retirement stops, and all is as it was', async () => {
    const { scenario, leaver } = await rehearseFleet();
    scenario.plant(({ operation }) => operation === 'DeregisterTargets', denied, always);
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(scenario.cause('node-retire')).toContain('DeregistrationFailed');
    expect(trace(scenario, 0, 'node-drain')).not.toContain('EvictPods');
    await scenario.comesToRest();
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('InService');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect([scenario.leftovers(), scenario.sickInService()]).toEqual([[], []]);
  });

  it('an instance that goes anyway is emptied all the same', async () => {
    const { scenario, leaver } = await rehearseFleet({ application: { pods: 4, minAvailable: 3 } });
    scenario.plant(({ operation }) => operation === 'DeregisterTargets', denied, always);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 2 });
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });

  it('for a while, because their API throttles, it is waited for', async () => {
    const { scenario, leaver } = await rehearseFleet();
    scenario.plant(({ service }) => service.startsWith('elasticloadbalancing'), throttled, { times: 12 });
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    await scenario.comesToRest();
    expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});

describe('an API server that goes away', { timeout }, () => {
  it('in the middle of a drain is waited for, and the drain goes on', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.untilState('WaitForPods', 3, 'node-drain');
    scenario.cluster.kubernetes.down('refused');
    await scenario.world.advance(240_000);
    loosen();
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('before the hook and for good: load balancers are left, the hook is answered, and a person is told', async () => {
    const { scenario, leaver, workers } = await rehearseFleet({ entry: { drain: { timeoutSeconds: 120 } } });
    scenario.cluster.kubernetes.down('silent');
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(new Set(scenario.targets())).toEqual(new Set([workers[1]?.instanceId]));
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario)[0]?.message).toContain('ClusterUnreachable');
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('a state bucket', { timeout }, () => {
  it('whose ledger is unreadable stops what can wait, and nothing else', async () => {
    const { scenario, leaver, workers } = await rehearseFleet({ spot: true });
    await scenario.writeState('disruptions/demo.json', '{"leases": "many"}');
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.cause('node-retire')).toContain('StateObjectUnreadable');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');

    await scaleIn(scenario, leaver);
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    const [, other = leaver] = workers;
    scenario.cloud.fleet.instances.interruptSpot(other.instanceId);
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, other)).toBe('gone');
    expect(scenario.outcomes('node-retire').filter((outcome) => outcome !== 'SUCCEEDED')).toHaveLength(1);
  });

  it('that cannot be reached stops what can wait, and a hook is answered all the same', async () => {
    const { scenario, leaver } = await rehearseFleet();
    scenario.plant(
      ({ service, functionName }) => service === 's3' && functionName !== undefined,
      { kind: 'error', code: 'InternalError', message: 'We encountered an internal error.', status: 500 },
      always,
    );
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire', 2);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toEqual([]);
  });
});
