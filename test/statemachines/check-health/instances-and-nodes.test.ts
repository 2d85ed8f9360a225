import { describe, expect, it } from 'vitest';
import { isOver } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { lifecycleState, pages } from '../../support/scenarios/scenario.ts';
import { healthOf, letNothingBeRouted, rehearseWatched, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

describe('an instance without a Node', { timeout: 120_000 }, () => {
  it('that never joins is replaced after a quarter of an hour by one that does', async () => {
    const known = new Set<string>();
    let instanceId = '';
    const { scenario, workers } = await rehearseWatched({
      workers: 3,
      terminateHook: false,
      node: {
        failures(machine) {
          if (known.size > 0 && instanceId === '' && !known.has(machine.instanceId)) instanceId = machine.instanceId;
          return machine.instanceId === instanceId ? { name: 'never-boots-kubelet' } : undefined;
        },
      },
    });
    for (const worker of workers) known.add(worker.instanceId);
    await scenario.cluster.scaleTo(4);
    const isFourth = () => instanceId !== '' && scenario.cluster.inService().includes(instanceId);
    await scenario.world.until('a fourth is in service', isFourth, 10 * MINUTE);
    const from = scenario.world.now();
    await scenario.world.advance(12 * MINUTE);
    expect(healthOf(scenario)).toMatchObject({ nodes: { all: 3 }, instances: 4, findings: [] });
    expect(scenario.deployment.executions('node-repair')).toEqual([]);

    await isOver(scenario, 'node-repair');
    expect(scenario.world.now() - from).toBeGreaterThan(15 * MINUTE);
    expect(scenario.output('node-repair')).toMatchObject({ instanceId, outcome: 'replaced', rung: 'replace' });
    await scenario.world.advance(5 * MINUTE);
    expect(healthOf(scenario)).toMatchObject({ nodes: { all: 4, ready: 4 }, findings: [] });
    expect(pages(scenario)).toEqual([]);
  });
});

describe('a Node without an instance', { timeout: 120_000 }, () => {
  /** Somebody ends an instance, no signal of that is heard, and the cluster has no cloud controller that would see to its Node. */
  async function ended(options: Parameters<typeof rehearseWatched>[0] = {}) {
    const controllers = { instanceExists: () => true };
    const fleet = await rehearseWatched({ workers: 4, terminateHook: false, controllers, ...options });
    const { scenario, leaver } = fleet;
    await scenario.world.advance(2 * MINUTE);
    letNothingBeRouted(scenario);
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [leaver.instanceId] });
    return fleet;
  }
  const isThere = ({ cluster }: FaultScenario, name: string) =>
    cluster.kubernetes.store.find('nodes', name) !== undefined;

  it('is deleted by node-retire, and only when EC2 has said twice that its instance is terminated', async () => {
    const { scenario, leaver } = await ended();
    const isFound = () => /waits for EC2 to say so again$/.test(wordsAbout(scenario, leaver) ?? '');
    await scenario.world.until('a pass sees it', isFound, 10 * MINUTE);
    expect([isThere(scenario, leaver.nodeName), scenario.deployment.executions('node-retire')]).toEqual([true, []]);

    await isOver(scenario, 'node-retire');
    expect(scenario.deployment.executions('node-retire')).toMatchObject([
      { name: expect.stringMatching(`^clean-up-${leaver.instanceId}-`) },
    ]);
    expect(scenario.output('node-retire')).toMatchObject({ outcome: 'retired', instanceId: leaver.instanceId });
    expect(isThere(scenario, leaver.nodeName)).toBe(false);
    await scenario.world.advance(5 * MINUTE);
    expect(healthOf(scenario).findings).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is deleted as well when nothing might be done until EC2 and its group had forgotten the instance', async () => {
    const { scenario, leaver } = await ended({ healthMinutes: 10 });
    await pullAndon(scenario);
    await scenario.world.advance(90 * MINUTE);
    expect(scenario.cloud.fleet.instances.all.has(leaver.instanceId)).toBe(false);
    expect(lifecycleState(scenario, leaver.instanceId)).toBeUndefined();
    expect(wordsAbout(scenario, leaver)).toMatch(/^andon is on/);
    expect(isThere(scenario, leaver.nodeName)).toBe(true);

    await scenario.operate('ssm', 'DeleteParameter', { Name: '/tender/andon' });
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-retire')).toMatchObject({ outcome: 'retired' });
    expect(isThere(scenario, leaver.nodeName)).toBe(false);
  });
});
