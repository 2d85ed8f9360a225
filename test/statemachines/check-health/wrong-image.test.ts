import { expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import { pages, rehearse, stored } from '../../support/scenarios/scenario.ts';
import { healthOf } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

const long = process.env.TENDER_LONG !== undefined;

it.runIf(long)(
  'keeps the third instance of an image that never joins (twenty seconds)',
  { timeout: 120_000 },
  async () => {
    const scenario = await rehearse({
      healthMinutes: 1,
      node: { failures: failingInstances(() => ({ name: 'never-boots-kubelet' })) },
    });
    await scenario.launch();
    await scenario.world.advance(80 * MINUTE);

    const kept = scenario.cluster.inService();
    expect(kept).toHaveLength(1);
    expect(scenario.outcomes('node-bootstrap')).toHaveLength(3);
    expect(scenario.deployment.executions('node-repair')).toEqual([]);
    expect(healthOf(scenario)).toMatchObject({
      breakers: expect.arrayContaining([
        expect.objectContaining({ name: expect.stringMatching(/^image /), open: true, unhealthy: 3 }),
      ]),
    });
    const reasons = healthOf(scenario).decisions.map((one) => (one.action === 'none' ? one.because : one.action));
    expect(reasons).toEqual(expect.arrayContaining(['bad-image', 'told']));
    expect(pages(scenario).map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([expect.stringContaining('image')]),
    );
    expect(stored(scenario, 'evidence/').size).toBe(1);
  },
);
