import { expect, it } from 'vitest';
import { conditionOfNode, type Fleet, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages, stored } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

/** Two workers of which scale-in takes one into the warm pool, held there by our hook. */
async function returningToPool(PoolState: 'Stopped' | 'Running'): Promise<Fleet> {
  const fleet = await rehearseFleet();
  const { scenario, workers } = fleet;
  const reuse = { InstanceReusePolicy: { ReuseOnScaleIn: true } };
  const pool = { AutoScalingGroupName: scenario.cluster.workersGroup, PoolState, ...reuse };
  await scenario.operate('autoscaling', 'PutWarmPool', pool);
  await scenario.cluster.scaleTo(1);
  const waits = () => workers.find(({ instanceId }) => lifecycleState(scenario, instanceId) === 'Warmed:Pending:Wait');
  await scenario.world.until('it waits', () => waits() !== undefined, 600_000);
  return { ...fleet, leaver: waits() ?? fleet.leaver };
}

it.each(['PlanRetire', 'DrainNode'])(
  'a retirement that is stopped in %s is finished by another, and nothing of a node that is about to stop is put back',
  { timeout },
  async (state) => {
    const { scenario, leaver } = await returningToPool('Stopped');
    const { instanceId } = leaver;
    if (state === 'DrainNode')
      await scenario.world.until('it is out', () => !scenario.targets().includes(instanceId), 600_000);
    await scenario.stop(await scenario.untilState(state, 1, 'node-retire'));
    const wasOut = !scenario.targets().includes(instanceId);
    await scenario.world.until(
      'it is in the pool',
      () => lifecycleState(scenario, instanceId) === 'Warmed:Stopped',
      1_800_000,
    );
    await scenario.comesToRest();

    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(scenario.output('node-drain', -1)).toMatchObject({ outcome: 'drained' });
    expect(new Set(scenario.outcomes('sweep-retire'))).toEqual(new Set(['SUCCEEDED']));
    if (wasOut) expect(scenario.targets()).not.toContain(instanceId);
    expect([[...stored(scenario, 'claims/').keys()], pages(scenario)]).toEqual([[], []]);
  },
);

it('a node that is in a pool that runs stays cordoned, and is put back behind no load balancer', {
  timeout,
}, async () => {
  const { scenario, leaver } = await returningToPool('Running');
  const { instanceId } = leaver;
  const pooled = () => lifecycleState(scenario, instanceId) === 'Warmed:Running';
  await scenario.world.until('it is in the pool', pooled, 1_800_000);
  await scenario.comesToRest();
  const owner = scenario.deployment.executions('node-retire').at(-1)?.arn ?? '';
  const { targetGroupArn: arn } = scenario.cluster;
  const claim = {
    cluster: 'demo',
    instanceId,
    owner,
    workflow: 'node-retire',
    claimedAt: new Date(scenario.world.now()).toISOString(),
    deadline: new Date(scenario.world.now()).toISOString(),
    deregistered: [{ kind: 'target-group', arn, id: instanceId, port: 30080 }],
  };
  await scenario.writeState(`claims/demo/${instanceId}.json`, JSON.stringify(claim));
  scenario.startByHand('SweepRetireMachine', { cluster: 'demo', instanceId, owner });
  await isOver(scenario, 'sweep-retire');

  expect(scenario.output('sweep-retire')).toMatchObject({ outcome: 'it rests in the warm pool' });
  expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');
  expect(scenario.targets()).not.toContain(instanceId);
  expect([[...stored(scenario, 'claims/').keys()], pages(scenario)]).toEqual([[], []]);
});
