import { describe, expect, it } from 'vitest';
import { type Fleet, guard, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const leases = ({ scenario }: Fleet) => stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases;

describe('a place in the budget of an instance that is gone', { timeout }, () => {
  it('is given back by the sweep of the retirement that had it', async () => {
    const fleet = await rehearseFleet({ terminateHook: false });
    const { scenario, leaver } = fleet;
    guard(scenario, leaver);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    const retirement = await scenario.untilState('DrainNode', 1, 'node-retire');
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [leaver.instanceId] });
    await scenario.stop(retirement);
    await scenario.comesToRest();
    const sweep = { cluster: 'demo', instanceId: leaver.instanceId, owner: retirement.arn };
    scenario.startByHand('SweepRetireMachine', sweep);
    await isOver(scenario, 'sweep-retire');

    expect(scenario.output('sweep-retire')).toMatchObject({ outcome: 'it goes anyway' });
    expect(leases(fleet)).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is given back by the next health pass where nodes only leave by force', async () => {
    const fleet = await rehearseFleet({
      spot: true,
      terminateHook: false,
      replaced: true,
      schedules: true,
      healthMinutes: 1,
    });
    const { scenario, leaver } = fleet;
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await isOver(scenario, 'node-retire');
    expect(leases(fleet)).toMatchObject([{ instanceId: leaver.instanceId, voluntary: false }]);
    await scenario.comesToRest();

    expect(leases(fleet)).toEqual([]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});
