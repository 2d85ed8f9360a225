import { describe, expect, it } from 'vitest';
import { hookAnswers, lifecycleState, rehearse, trace } from '../../support/scenarios/scenario.ts';

describe('a warm pool', () => {
  it('takes an instance without a token or a node, which joins when it leaves the pool', async () => {
    const scenario = await rehearse();
    const { world, cluster } = scenario;
    await scenario.operate('autoscaling', 'PutWarmPool', {
      AutoScalingGroupName: cluster.workersGroup,
      MinSize: 1,
      MaxGroupPreparedCapacity: 1,
    });
    await world.until('an instance is launched', () => scenario.instanceIds().length > 0, 600_000);
    const [instanceId = ''] = scenario.instanceIds();
    await world.until('it is warm', () => lifecycleState(scenario, instanceId) === 'Warmed:Stopped', 1_800_000);

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.output('node-bootstrap')).toMatchObject({ instanceId, answer: 'CONTINUE' });
    expect(trace(scenario)).toEqual([
      'ReadSignal',
      'PlanBootstrap',
      'ClaimInstance',
      'WhichWayDoesItJoin',
      'IsAHookWaiting',
      'AnswerHook',
      'IsAllUndone',
      'ReleaseClaim',
      'DidItJoin',
      'StartLoadBalancerSync',
      'NodeInService',
    ]);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(
      scenario.events('ParameterPut').filter(({ details }) => String(details.name).startsWith('/tender/join/')),
    ).toEqual([]);
    expect(cluster.kubernetes.store.list('nodes')).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);

    await world.advance(3_600_000);
    await cluster.scaleTo(1);
    await world.until('it is in service', () => lifecycleState(scenario, instanceId) === 'InService', 1_800_000);
    expect(scenario.outcomes().slice(0, 2)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(trace(scenario, 1)).toContain('OfferJoin');
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
  });
});
