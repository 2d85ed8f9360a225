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
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
/** What nobody may rely on before: a network load balancer opens connections to a target for so long after its deregistration. */
const quietMs = 160_000;

const denied = { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 } as const;

/** Milliseconds from the moment at which the first of the worker's targets is being left until its hook is answered. */
function msFromLeavingToAnswer({ scenario, leaver }: Fleet): number {
  const of = (event: string) =>
    scenario.events(event).find(({ details }) => JSON.stringify(details).includes(leaver.instanceId))?.at ?? Number.NaN;
  return of('LifecycleActionCompleted') - of('TargetClosing');
}

async function hookIsAnswered(scenario: FaultScenario): Promise<void> {
  await scenario.world.until('the hook is answered', () => hookAnswers(scenario).length > 0, 3_600_000);
}

describe('load balancers that do not answer', { timeout }, () => {
  it('keep no pod of a spot instance from being asked to leave in its two minutes', async () => {
    const fleet = await rehearseFleet({ spot: true, terminateHook: false, application: { pods: 2 } });
    const { scenario, leaver } = fleet;
    scenario.plant(({ operation }) => operation.startsWith('Deregister'), { kind: 'hang' }, { times: 999 });
    const warnedAt = scenario.world.now();
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await scenario.untilState('EvictPods', 1, 'node-drain');
    expect(scenario.world.now() - warnedAt).toBeLessThan(40_000);
    await isOver(scenario, 'node-drain');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 1 });
    expect(scenario.world.now() - warnedAt).toBeLessThan(120_000);
  });

  it('are left after its pods have gone, if they answer by then, and nothing ends before they open no more connections', async () => {
    const fleet = await rehearseFleet({ application: { pods: 2 } });
    const { scenario, leaver } = fleet;
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    const heal = scenario.plant(
      ({ operation }) => operation.startsWith('Deregister'),
      { kind: 'throttle' },
      { times: 999 },
    );
    await scaleIn(scenario, leaver);
    await scenario.untilState('WaitForPods', 2, 'node-drain');
    heal();
    loosen();
    await hookIsAnswered(scenario);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
    expect(scenario.targets()).not.toContain(leaver.instanceId);
    expect(msFromLeavingToAnswer(fleet)).toBeGreaterThanOrEqual(quietMs);
    expect(msFromLeavingToAnswer(fleet)).toBeLessThan(2 * quietMs);
  });

  it('of which one refuses for good: those that were left are waited for as if all had been', async () => {
    const fleet = await rehearseFleet({ denied: ['elasticloadbalancing:DeregisterInstancesFromLoadBalancer'] });
    const { scenario, leaver } = fleet;
    scenario.plant(({ operation }) => operation === 'DeregisterInstancesFromLoadBalancer', denied, { times: 999 });
    await scaleIn(scenario, leaver);
    await hookIsAnswered(scenario);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(msFromLeavingToAnswer(fleet)).toBeGreaterThanOrEqual(quietMs);
    expect(scenario.output('node-drain').remark).toContain('not all load balancers were left');
  });

  it('are not taken for left while nobody can look at them', async () => {
    const fleet = await rehearseFleet();
    const { scenario, leaver } = fleet;
    await scaleIn(scenario, leaver);
    await scenario.untilState('CheckDeregistration', 1, 'node-drain');
    const heal = scenario.plant(
      ({ functionName = '' }) => functionName.endsWith('-check-deregistration'),
      { kind: 'throttle' },
      { times: 999 },
    );
    await scenario.world.advance(60_000);
    heal();
    await hookIsAnswered(scenario);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(msFromLeavingToAnswer(fleet)).toBeGreaterThanOrEqual(quietMs);
    expect(scenario.targets()).not.toContain(leaver.instanceId);
  });

  it('put no node back that spot takes meanwhile: its pods are asked to leave instead', async () => {
    const { scenario, leaver } = await rehearseFleet({ spot: true, terminateHook: false, application: { pods: 2 } });
    scenario.plant(({ operation }) => operation.startsWith('Deregister'), { kind: 'hang' }, { times: 999 });
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForBalancers', 1, 'node-drain');
    const warnedAt = scenario.world.now();
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    const isEmpty = () => podsOn(scenario, leaver).length === 0;
    await scenario.world.until('its pods have left', isEmpty, 300_000);
    expect(scenario.world.now() - warnedAt).toBeLessThan(110_000);
    expect(trace(scenario, 0, 'node-drain')).not.toContain('UndoDrain');
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    expect(scenario.leftovers()).toEqual([]);
  });
});
