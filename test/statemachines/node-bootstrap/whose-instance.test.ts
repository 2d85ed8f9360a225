import { describe, expect, it } from 'vitest';
import { hookAnswers, lifecycleState, rehearse } from '../../support/scenarios/scenario.ts';

describe('a launch hook', () => {
  it('of another name on a group of ours is never answered by us', async () => {
    const scenario = await rehearse();
    const group = { AutoScalingGroupName: scenario.cluster.workersGroup, LifecycleHookName: 'audit' };
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      ...group,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      HeartbeatTimeout: 3600,
      DefaultResult: 'CONTINUE',
    });
    const instanceId = await scenario.launch();
    await scenario.world.until('ours is answered', () => scenario.outcomes()[0] === 'SUCCEEDED', 1_800_000);
    await scenario.world.advance(600_000);
    const answered = scenario.events('LifecycleActionCompleted').map(({ details }) => details.hook);
    expect(answered).toEqual(['tender-launch']);
    expect(lifecycleState(scenario, instanceId)).toBe('Pending:Wait');

    await scenario.operate('autoscaling', 'CompleteLifecycleAction', {
      ...group,
      InstanceId: instanceId,
      LifecycleActionResult: 'CONTINUE',
    });
    await scenario.comesToRest();
    expect(lifecycleState(scenario, instanceId)).toBe('InService');
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  });

  it('is ours under the name that the group’s tag gives it', async () => {
    const scenario = await rehearse({
      launchHook: 'join-cluster',
      workerTags: { 'tender:launch-hook': 'join-cluster' },
    });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.events('LifecycleActionCompleted').map(({ details }) => details.hook)).toEqual(['join-cluster']);
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
  });
});

describe('a group', () => {
  it('whose role is misspelled gets its instance back with the tag and what it may be', async () => {
    const scenario = await rehearse({ workerTags: { 'tender:role': 'wroker' } });
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
    expect(scenario.cause()).toContain('InstanceNotManaged: ');
    expect(scenario.cause()).toContain('group demo-workers has tender:role=wroker');
    expect(scenario.cause()).toContain('tender:role=worker|control-plane|etcd');
    expect(scenario.leftovers()).toEqual([]);
  });

  it('without our tags is somebody else’s: nothing is started, and nothing of it is touched', async () => {
    const scenario = await rehearse({ workerTags: { 'tender:cluster': undefined, 'tender:role': undefined } });
    const instanceId = await scenario.launchOnce();
    await scenario.world.until('its hook has ended', () => hookAnswers(scenario).length > 0, 3_600_000);

    expect(hookAnswers(scenario)).toEqual([`TIMEOUT ${instanceId}`]);
    expect(scenario.outcomes()).toEqual([]);
    expect(scenario.events('MessageDeadLettered')).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });
});
