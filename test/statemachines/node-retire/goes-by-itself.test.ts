import { describe, expect, it } from 'vitest';
import { conditionOfNode, type Fleet, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';
import { lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
/** The group does not let its instance go, and to try again does not help. */
const refused = { kind: 'error', code: 'AccessDenied', message: 'not authorized to perform it', status: 403 } as const;

function refuseToTerminate({ scenario }: Fleet): void {
  const isTheLast = ({ operation, functionName = '' }: { operation: string; functionName?: string }) =>
    operation === 'TerminateInstanceInAutoScalingGroup' && functionName.endsWith('terminate-instance');
  scenario.plant(isTheLast, refused);
}

/** Fails the test where the node is behind a load balancer again, or takes pods, before its instance is gone. */
async function staysOutUntilItIsGone({ scenario }: Fleet, node: Worker): Promise<void> {
  for (let seconds = 0; seconds < 180 && lifecycleState(scenario, node.instanceId) !== undefined; seconds += 2) {
    expect(conditionOfNode(scenario, node)).toMatch(/cordoned|gone/);
    expect(scenario.targets()).not.toContain(node.instanceId);
    await scenario.world.advance(2_000);
  }
  expect(lifecycleState(scenario, node.instanceId)).toBeUndefined();
}

describe('a node that is empty, and that its group does not let go', { timeout }, () => {
  it('stays out of its load balancers where spot takes it in seconds, and nobody is told', async () => {
    const fleet = await rehearseFleet({ replaced: true, spot: true, terminateHook: false });
    const { scenario, leaver } = fleet;
    refuseToTerminate(fleet);
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await scenario.untilState('TerminateInstance', 1, 'node-retire');
    await staysOutUntilItIsGone(fleet, leaver);
    await scenario.comesToRest();
    expect(trace(scenario, 0, 'node-retire')).not.toContain('UndoDrain');

    expect(scenario.output('node-retire', 0)).toMatchObject({
      outcome: 'retired',
      remark: expect.stringMatching(/^EC2 takes it by itself.*AccessDenied/),
    });
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
    expect(scenario.cluster.inService()).toHaveLength(2);
  });

  it('stays out of them where a person retired it and spot came later', async () => {
    const fleet = await rehearseFleet({ replaced: true, spot: true, terminateHook: false });
    const { scenario, leaver } = fleet;
    refuseToTerminate(fleet);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('WaitForTargets', 1, 'node-drain');
    await scenario.world.advance(240_000);
    scenario.cloud.fleet.instances.interruptSpot(leaver.instanceId);
    await staysOutUntilItIsGone(fleet, leaver);
    await scenario.comesToRest();
    expect(scenario.cause('node-retire', 0)).toContain(
      'A later signal says that it goes in any case, so nothing is put back',
    );
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('is put back, and a person told, where nothing else takes it', async () => {
    const fleet = await rehearseFleet({ replaced: true, terminateHook: false });
    const { scenario, leaver } = fleet;
    refuseToTerminate(fleet);
    const before = scenario.targets().filter((id) => id === leaver.instanceId);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.comesToRest();
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toEqual(before);
    expect(pages(scenario).map(({ message }) => message)).toEqual([expect.stringContaining('AccessDenied')]);
  });
});

it('a control-plane node that spot takes is not asked about again once it is empty', { timeout }, async () => {
  const fleet = await rehearseFleet({ workers: 1, controlPlane: 3, spot: true, terminateHook: false });
  const { scenario } = fleet;
  const [instanceId = ''] = scenario.cloud.fleet.groups.all.get('demo-control-plane')?.members.keys() ?? [];
  const nodeName = scenario.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
  scenario.cloud.fleet.instances.interruptSpot(instanceId);
  await scenario.untilState('DrainNode', 1, 'node-retire');
  scenario.plant(({ functionName = '' }) => functionName.endsWith('plan-retire'), { kind: 'throttle' }, { times: 99 });
  await scenario.untilState('TerminateInstance', 1, 'node-retire');
  expect(conditionOfNode(scenario, { instanceId, nodeName })).toMatch(/cordoned/);
  await scenario.comesToRest();
  expect(scenario.outcomes('node-retire')[0]).toBe('SUCCEEDED');
  expect(pages(scenario)).toEqual([]);
});
