import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { healthOf, killKubelet, rehearseWatched, verdictsOf, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

describe('a node that is sick', { timeout: 120_000 }, () => {
  it('is found, waited for, mended by the least that mends it, and well again; nobody is told', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4 });
    await scenario.world.advance(2 * MINUTE);
    killKubelet(scenario, leaver);
    await isOver(scenario, 'node-repair');

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'restart' });
    await scenario.world.advance(3 * MINUTE);
    expect(verdictsOf(scenario).filter((line) => line.includes(leaver.nodeName))).toEqual([]);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(pages(scenario)).toEqual([]);
    expect(healthOf(scenario).problems).toEqual({});
    await scenario.world.advance(20 * MINUTE);
    expect(scenario.deployment.executions('node-repair')).toHaveLength(1);
  });

  it('is said to be under repair while it is, and left alone by everything else', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4 });
    await scenario.world.advance(2 * MINUTE);
    scenario.cluster.kubernetes.problems.latch(leaver.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    await scenario.world.until('it is being repaired', () => scenario.deployment.executions('node-repair').length > 0);
    await scenario.world.advance(2 * MINUTE);
    expect(wordsAbout(scenario, leaver)).toMatch(/repair-i-/);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    await scenario.world.advance(3 * MINUTE);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.deployment.executions('node-repair')).toHaveLength(1);
  });
});
