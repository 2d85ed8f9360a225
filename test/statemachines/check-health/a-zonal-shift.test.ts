import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { healthOf, killKubelet, rehearseWatched, verdictsOf, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

describe('a zone that traffic is led away from', { timeout: 120_000 }, () => {
  it('keeps its sick nodes until the shift ends, and says so in the document, by a metric and without an alarm', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 6 });
    const { loadBalancing } = scenario.cloud.fleet;
    const balancer = loadBalancing.loadBalancers.get(scenario.cluster.loadBalancerArn);
    if (!balancer) throw new Error('the demo cluster has a load balancer');
    balancer.attributes.set('load_balancing.cross_zone.enabled', 'true');
    const zone = zoneOf(scenario, leaver.instanceId);
    const end = loadBalancing.shifts.start(balancer, zone);
    await scenario.world.advance(2 * MINUTE);
    killKubelet(scenario, leaver);
    await scenario.world.advance(15 * MINUTE);

    expect(verdictsOf(scenario)).toContain(`Unknown of ${leaver.nodeName}: zone`);
    expect(wordsAbout(scenario, leaver)).toMatch(
      new RegExp(`^zonal shift away from ${zone} \\(target group demo-workers\\); 1 of \\d unhealthy in the zone$`),
    );
    const shift = 'target group demo-workers';
    expect(healthOf(scenario).breakers.filter(({ open }) => open)).toMatchObject([{ name: `zone ${zone}`, shift }]);
    expect(scenario.outcomes('node-repair')).toEqual([]);
    expect(lastOf(scenario, 'BreakerOpen', { cluster: 'demo', breaker: `zone ${zone}` })).toBe(1);
    expect(lastOf(scenario, 'BreakersOpen', { deployment: 'tender-dev' })).toBe(0);

    end();
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended' });
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(lastOf(scenario, 'BreakerOpen', { cluster: 'demo', breaker: `zone ${zone}` })).toBe(0);
  });
});

function zoneOf({ cloud }: FaultScenario, instanceId: string): string {
  return cloud.fleet.instances.all.get(instanceId)?.subnet.availabilityZone ?? '';
}

/** The value of the last minute that has one. */
function lastOf({ cloud, world }: FaultScenario, name: string, dimensions: Record<string, string>): number | undefined {
  for (let end = world.now() + MINUTE; end > world.now() - 60 * MINUTE; end -= MINUTE) {
    const samples = cloud.metrics.between({ namespace: 'Tender', name, dimensions }, end - MINUTE, end);
    if (samples) return samples.minimum;
  }
  return undefined;
}
