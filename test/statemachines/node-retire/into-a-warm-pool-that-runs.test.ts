import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, podsOn, type Worker, workersOf } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, lifecycleState, pages, rehearse, trace } from '../../support/scenarios/scenario.ts';
import { rehearseWatched } from '../../support/scenarios/watched.ts';

const timeout = 300_000;
const waiting = 'Ready, cordoned, excluded, owned';

interface Pooled {
  readonly scenario: FaultScenario;
  readonly pooled: Worker;
}

/** Has scale-in take one of two workers into a warm pool that keeps its instances up. */
async function intoPool(scenario: FaultScenario): Promise<Pooled> {
  const workers = workersOf(scenario);
  const pool = { AutoScalingGroupName: scenario.cluster.workersGroup, PoolState: 'Running' };
  const reuse = { MinSize: 0, MaxGroupPreparedCapacity: 2, InstanceReusePolicy: { ReuseOnScaleIn: true } };
  await scenario.operate('autoscaling', 'PutWarmPool', { ...pool, ...reuse });
  await scenario.cluster.scaleTo(1);
  const inPool = () => workers.find(({ instanceId }) => lifecycleState(scenario, instanceId) === 'Warmed:Running');
  await scenario.world.until('one is in the pool', () => inPool() !== undefined, 6 * 3_600_000);
  await isOver(scenario, 'node-retire');
  return { scenario, pooled: inPool() ?? { instanceId: '', nodeName: '' } };
}

/** Takes it out of the pool again. */
async function outOfPool({ scenario, pooled }: Pooled): Promise<void> {
  await scenario.cluster.scaleTo(2);
  const isBack = () => lifecycleState(scenario, pooled.instanceId) === 'InService';
  await scenario.world.until('it is in service', isBack, 2 * 3_600_000);
}

describe('an instance that goes into a warm pool that keeps it up', { timeout }, () => {
  it('keeps its Node, which takes no pods and is left alone there, and is put back by a health pass once it is in service', async () => {
    const { scenario } = await rehearseWatched();
    const fleet = await intoPool(scenario);
    const { pooled } = fleet;
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${pooled.instanceId}`]);
    await scenario.world.advance(2 * 3_600_000);
    expect(conditionOfNode(scenario, pooled)).toBe(waiting);
    expect([scenario.targets().includes(pooled.instanceId), podsOn(scenario, pooled)]).toEqual([false, []]);
    expect(scenario.outcomes('sweep-retire')).toEqual([]);
    expect(scenario.outcomes('node-repair')).toEqual([]);

    await outOfPool(fleet);
    await scenario.world.advance(900_000);
    expect(conditionOfNode(scenario, pooled)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === pooled.instanceId)).toHaveLength(2);
    expect(scenario.outcomes('sweep-retire')).toEqual(['SUCCEEDED']);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('passes the join gate on its way out where a launch hook holds it there, and is offered no token', async () => {
    const scenario = await rehearse({ workers: 2, terminateHook: true, schedules: false });
    await scenario.world.until('two are there', () => scenario.cluster.inService().length === 2, 3_600_000);
    const fleet = await intoPool(scenario);
    const { pooled } = fleet;
    const before = scenario.outcomes('node-bootstrap').length;
    const answered = hookAnswers(scenario).length;
    expect(conditionOfNode(scenario, pooled)).toBe(waiting);

    await outOfPool(fleet);
    await isOver(scenario, 'node-bootstrap', before + 1);
    expect(scenario.outcomes('node-bootstrap').slice(before)).toEqual(['SUCCEEDED']);
    expect(trace(scenario, before)).not.toContain('OfferJoin');
    expect(hookAnswers(scenario).slice(answered)).toEqual([`CONTINUE ${pooled.instanceId}`]);
    expect(conditionOfNode(scenario, pooled)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === pooled.instanceId)).toHaveLength(2);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('takes no pods there either when it could not be emptied', async () => {
    const drain = { timeoutSeconds: 60, graceCapSeconds: 60 };
    const { scenario, workers } = await rehearseWatched({ entry: { drain } });
    const labels = { app: 'kept' };
    const { seed } = scenario.cluster.kubernetes;
    seed.budget('kept', { selector: { matchLabels: labels }, minAvailable: 2 });
    for (const { nodeName } of workers) seed.pod({ name: `kept-${nodeName}`, labels, spec: { nodeName } });
    const fleet = await intoPool(scenario);
    const { pooled } = fleet;
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    await scenario.world.advance(2 * 3_600_000);
    expect(conditionOfNode(scenario, pooled)).toBe(waiting);

    await outOfPool(fleet);
    await scenario.world.advance(900_000);
    expect(conditionOfNode(scenario, pooled)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === pooled.instanceId)).toHaveLength(2);
    expect([scenario.leftovers(), pages(scenario).length]).toEqual([[], 1]);
  });

  it('loses its Node when the pool lets it go', async () => {
    const { scenario } = await rehearseWatched();
    const { pooled } = await intoPool(scenario);
    const AutoScalingGroupName = scenario.cluster.workersGroup;
    await scenario.operate('autoscaling', 'DeleteWarmPool', { AutoScalingGroupName, ForceDelete: true });
    await scenario.world.advance(900_000);
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, pooled)).toBe('gone');
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${pooled.instanceId}`, `CONTINUE ${pooled.instanceId}`]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
