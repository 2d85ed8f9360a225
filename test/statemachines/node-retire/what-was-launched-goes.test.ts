import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';
import { letNothingBeRouted } from '../../support/scenarios/watched.ts';

const timeout = 180_000;
const entry = {
  retire: { rebalance: 'retire', launchFirst: true },
  drain: { timeoutSeconds: 60, graceCapSeconds: 0 },
};

/** A retirement that launches first, and whose drain will fail. The node that it is about is the oldest: the one that Auto Scaling would take. */
async function willFail(options: { readonly terminateHook?: boolean } = {}) {
  const { scenario, leaver, workers } = await rehearseFleet({ spot: true, replaced: true, entry, ...options });
  guard(scenario, leaver);
  await scenario.world.advance(5_000);
  const before = new Set(workers.map(({ instanceId }) => instanceId));
  scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
  await scenario.untilState('DrainNode', 1, 'node-retire');
  const [newcomer = ''] = scenario.cluster.inService().filter((id) => !before.has(id));
  const desired = () => scenario.cloud.fleet.groups.all.get(scenario.cluster.workersGroup)?.desired;
  return { scenario, leaver, workers, newcomer, desired };
}

describe('when a retirement that launched first does not take place', { timeout }, () => {
  it.each([true, false])(
    'what was launched for it goes, and the nodes that served before serve on (with a hook: %s)',
    async (terminateHook) => {
      const { scenario, leaver, workers, newcomer, desired } = await willFail({ terminateHook });
      await isOver(scenario, 'node-retire', terminateHook ? 2 : 1);
      await scenario.comesToRest();

      expect(scenario.cause('node-retire')).toContain(`Its replacement: ${newcomer} was launched for it, and goes.`);
      expect(workers.map(({ instanceId }) => lifecycleState(scenario, instanceId))).toEqual(['InService', 'InService']);
      expect(conditionOfNode(scenario, leaver)).toBe('Ready');
      expect([desired(), lifecycleState(scenario, newcomer)]).toEqual([2, undefined]);
      expect(hookAnswers(scenario)).toEqual(terminateHook ? [`CONTINUE ${newcomer}`] : []);
      expect(scenario.leftovers()).toEqual([]);
    },
  );

  it('one goes only, though the answer of that is lost', async () => {
    const { scenario, workers, newcomer, desired } = await willFail();
    scenario.plant((call) => call.operation === 'TerminateInstanceInAutoScalingGroup', { kind: 'lose-response' });
    await isOver(scenario, 'node-retire', 2);
    await scenario.comesToRest();
    expect(workers.map(({ instanceId }) => lifecycleState(scenario, instanceId))).toEqual(['InService', 'InService']);
    expect([desired(), lifecycleState(scenario, newcomer)]).toEqual([2, undefined]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('nobody goes where a person has asked for more meanwhile, and the failure says so', async () => {
    const { scenario, newcomer, desired } = await willFail();
    await scenario.operate('autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      DesiredCapacity: 4,
    });
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();
    expect(scenario.cause('node-retire')).toMatch(/Its replacement: group \S+ wants 4 instances, and is left so\./);
    expect([desired(), lifecycleState(scenario, newcomer)]).toEqual([4, 'InService']);
  });

  it('what is not in service within half an hour goes where it waits, and nobody else', async () => {
    const { scenario, leaver, workers } = await rehearseFleet({ spot: true, replaced: true, entry });
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      LifecycleHookName: 'somebody-elses',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      HeartbeatTimeout: 7_200,
    });
    scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
    await scenario.untilState('CheckReplacement', 20, 'node-retire');
    const newcomer = scenario.instanceIds().at(-1) ?? '';
    expect(lifecycleState(scenario, newcomer)).toBe('Pending:Wait');
    await scenario.world.until(
      'it has failed',
      () => scenario.outcomes('node-retire').includes('FAILED NodeNotRetired'),
      3_600_000,
    );

    expect(scenario.cause('node-retire')).toMatch(/no replacement came into service within 30 minutes/);
    expect(scenario.cause('node-retire')).toContain(`Its replacement: ${newcomer} was launched for it, and goes.`);
    await scenario.comesToRest();
    expect(workers.map(({ instanceId }) => lifecycleState(scenario, instanceId))).toEqual(['InService', 'InService']);
    expect([pages(scenario), scenario.leftovers()]).toEqual([[], []]);
  });
});

describe('when a person stops a retirement whose replacement is there', { timeout }, () => {
  it('the sweep lets what was launched for it go, and no node that served before', async () => {
    const { scenario, leaver, workers, newcomer, desired } = await willFail();
    const [retirement] = scenario.deployment.executions('node-retire');
    if (retirement) await scenario.stop(retirement);
    await isOver(scenario, 'sweep-retire');
    await scenario.comesToRest();

    expect(workers.map(({ instanceId }) => lifecycleState(scenario, instanceId))).toEqual(['InService', 'InService']);
    expect([desired(), lifecycleState(scenario, newcomer)]).toEqual([2, undefined]);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('when somebody takes the node after its replacement has come', { timeout }, () => {
  it.each([true, false])('the group has no more in the end than it wants (with a hook: %s)', async (terminateHook) => {
    const { scenario, leaver, desired } = await awaited(terminateHook);
    // Nobody else hears of it.
    if (terminateHook) letNothingBeRouted(scenario);
    await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: leaver.instanceId,
      ShouldDecrementDesiredCapacity: false,
    });
    await scenario.comesToRest();
    expect([desired(), scenario.cluster.inService().length]).toEqual([2, 2]);
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect(placesOfOthers(scenario, leaver)).toEqual([]);
  });

  it('its place in the budget stays taken until EC2 says that it is gone, and its replacement stays', async () => {
    const { scenario, leaver, desired } = await awaited(true);
    letNothingBeRouted(scenario);
    await scenario.untilState('DrainNode', 1, 'node-retire');
    await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: leaver.instanceId,
      ShouldDecrementDesiredCapacity: false,
    });
    await isOver(scenario, 'node-retire');

    const states = trace(scenario, 0, 'node-retire');
    expect(states).toEqual(expect.arrayContaining(['WithdrawReplacement', 'ReleaseClaim', 'NodeRetired']));
    expect(states).not.toContain('ReleaseLease');
    expect(places(scenario)).toEqual([leaver.instanceId]);
    await scenario.comesToRest();
    expect([desired(), scenario.cluster.inService().length]).toEqual([2, 2]);
    expect(placesOfOthers(scenario, leaver)).toEqual([]);
  });

  it('the place in the budget and the replacement are given back where the group is another cluster’s by then', async () => {
    const { scenario, leaver, desired } = await awaited(true);
    const tag = { ResourceType: 'auto-scaling-group', ResourceId: scenario.cluster.workersGroup };
    const Tags = [{ ...tag, Key: 'tender:cluster', Value: 'other', PropagateAtLaunch: true }];
    await scenario.operate('autoscaling', 'CreateOrUpdateTags', { Tags });
    await isOver(scenario, 'node-retire');
    expect(scenario.cause('node-retire')).toMatch(/InstanceNotManaged/);
    expect(trace(scenario, 0, 'node-retire')).toEqual(expect.arrayContaining(['WithdrawReplacement', 'ReleaseLease']));
    expect([desired(), conditionOfNode(scenario, leaver)]).toEqual([2, 'Ready']);
    expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toEqual([]);
  });
});

/** Instances that have a place in the disruption budget. One that EC2 says is gone takes none, though it is written down there until somebody asks for another. */
function places(scenario: FaultScenario): readonly string[] {
  const budget = stored(scenario, 'disruptions/').get('disruptions/demo.json') as { leases: { instanceId: string }[] };
  return budget.leases.map(({ instanceId }) => instanceId);
}

function placesOfOthers(scenario: FaultScenario, { instanceId }: Worker): readonly string[] {
  return places(scenario).filter((one) => one !== instanceId);
}

/** A retirement that waits for its replacement. */
async function awaited(terminateHook: boolean) {
  const { scenario, leaver } = await rehearseFleet({ spot: true, replaced: true, entry, terminateHook });
  scenario.cloud.fleet.instances.recommendRebalance(leaver.instanceId);
  await scenario.untilState('LaunchReplacement', 1, 'node-retire');
  await scenario.world.until('it is there', () => scenario.cluster.inService().length === 3, 600_000);
  const desired = () => scenario.cloud.fleet.groups.all.get(scenario.cluster.workersGroup)?.desired;
  return { scenario, leaver, desired };
}
