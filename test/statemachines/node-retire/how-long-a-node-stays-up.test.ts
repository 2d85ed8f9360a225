import { describe, expect, it } from 'vitest';
import { isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

describe('a node that has left its load balancers', { timeout }, () => {
  it('stays up as long as they may open connections, although its pods had half a minute by policy', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { timeoutSeconds: 30, graceCapSeconds: 0 } } });
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
    expect(Number(scenario.output('node-drain').seconds)).toBeGreaterThanOrEqual(150);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });

  it('and whose instance spot has taken before its hook comes is let go without a wait', async () => {
    const { scenario, leaver } = await rehearseFleet({ spot: true });
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    const hookWaits = () => lifecycleState(scenario, leaver.instanceId) === 'Terminating:Wait';
    await scenario.world.until('the hook waits', hookWaits, 1_800_000);
    const began = scenario.world.now();
    const answered = () => hookAnswers(scenario).length > 0;
    await scenario.world.until('the hook is answered', answered, 1_800_000);
    expect(scenario.world.now() - began).toBeLessThan(60_000);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
