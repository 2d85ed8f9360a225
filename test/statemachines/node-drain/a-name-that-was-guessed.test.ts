import { describe, expect, it } from 'vitest';
import { type Fleet, isOver, podsOn, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';

interface Unprovided {
  readonly spec: { providerID?: string };
}

describe('a node that is named by another rule than the registry says', { timeout: 120_000 }, () => {
  const fleet = () => rehearseFleet({ application: { pods: 4 }, entry: { nodeNames: 'resource-name' } });

  async function drainedAtItsHook({ scenario, leaver }: Fleet): Promise<void> {
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', nodeName: leaver.nodeName, evicted: 2 });
    expect(podsOn(scenario, leaver)).toEqual([]);
    expect([hookAnswers(scenario), pages(scenario)]).toEqual([[`CONTINUE ${leaver.instanceId}`], []]);
  }

  it('is drained although nobody could ask for its name while the drain was planned', async () => {
    const world = await fleet();
    const { scenario, leaver } = world;
    scenario.cluster.kubernetes.down('refused');
    await scaleIn(scenario, leaver);
    await scenario.untilState('EvictPods', 1, 'node-drain');
    await scenario.world.advance(30_000);
    scenario.cluster.kubernetes.up();
    await drainedAtItsHook(world);
  });

  it('is found by its address where it has no provider id', async () => {
    const world = await fleet();
    const { scenario, leaver } = world;
    const node = scenario.cluster.kubernetes.store.find('nodes', leaver.nodeName) as unknown as Unprovided;
    delete node.spec.providerID;
    await scaleIn(scenario, leaver);
    await drainedAtItsHook(world);
  });
});
