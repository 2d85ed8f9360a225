import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, podsOn, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { hookAnswers, pages, stored } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const MINUTE_MS = 60_000;

const leases = (scenario: FaultScenario) => stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases ?? [];

describe('an API server that is away', { timeout }, () => {
  it.each(['refused', 'silent'] as const)(
    '(%s) leaves a node that could stay behind its load balancers until it is back',
    async (outage) => {
      const { scenario, leaver } = await rehearseFleet({ replaced: true });
      scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
      await scenario.untilState('PlanDrain', 1, 'node-drain');
      scenario.cluster.kubernetes.down(outage);
      for (let minutes = 0; minutes < 10; minutes += 1) {
        await scenario.world.advance(MINUTE_MS);
        expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
      }
      scenario.cluster.kubernetes.up();
      await isOver(scenario, 'node-retire');
      expect(scenario.output('node-retire')).toMatchObject({ outcome: 'retired' });
      await scenario.comesToRest();
      expect([conditionOfNode(scenario, leaver), scenario.leftovers(), pages(scenario)]).toEqual(['gone', [], []]);
    },
  );

  it('long enough for somebody to pull the andon leaves the node alone when it is back', async () => {
    const { scenario, leaver } = await rehearseFleet();
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await scenario.untilState('PlanDrain', 1, 'node-drain');
    scenario.cluster.kubernetes.down('refused');
    await scenario.world.advance(2 * MINUTE_MS);
    await pullAndon(scenario);
    scenario.cluster.kubernetes.up();
    await isOver(scenario, 'node-retire');
    expect(scenario.cause('node-retire')).toContain('the andon is on since 2026-03-01T12:00:00Z (ann)');
    await scenario.comesToRest();
    expect([conditionOfNode(scenario, leaver), scenario.targets().length]).toEqual(['Ready', 4]);
    expect([leases(scenario), scenario.leftovers()]).toEqual([[], []]);
  });

  it('keeps no node behind its load balancers whose instance is to be taken away by the time that a drain may take', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const { instanceId } = leaver;
    scenario.cluster.kubernetes.down('refused');
    const deadline = new Date(scenario.world.now() + 20 * MINUTE_MS).toISOString();
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId, deadline });
    await scenario.world.advance(MINUTE_MS);
    expect(scenario.targets()).not.toContain(instanceId);
  });

  it('for half an hour ends a drain that has touched nothing, and its place is given back', async () => {
    const { scenario, leaver } = await rehearseFleet();
    await scenario.world.advance(5_000);
    const { instanceId } = leaver;
    scenario.cluster.kubernetes.down('refused');
    const beganAt = scenario.world.now();
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', instanceId });
    await isOver(scenario, 'node-drain');
    expect(scenario.cause('node-drain')).toContain('the API server did not answer for half an hour');
    expect(scenario.cause('node-drain')).toContain('Nothing was touched');
    expect(scenario.world.now() - beganAt).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    scenario.cluster.kubernetes.up();
    expect([conditionOfNode(scenario, leaver), scenario.targets().length]).toEqual(['Ready', 4]);
    expect([leases(scenario), scenario.leftovers()]).toEqual([[], []]);
  });
});

describe('AWS that does not answer', { timeout }, () => {
  it('about an instance that goes anyway keeps it neither behind its load balancers nor its pods on it', async () => {
    const { scenario, leaver } = await rehearseFleet({ application: { pods: 2 } });
    scenario.plant(
      ({ functionName = '', operation }) => operation === 'DescribeInstances' && functionName.endsWith('-plan-drain'),
      { kind: 'throttle' },
      { times: 999 },
    );
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 1, deregistered: 2 });
    expect(podsOn(scenario, leaver)).toEqual([]);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario)).toEqual([]);
  });

  it('about one that could stay is asked again', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const heal = scenario.plant(
      ({ functionName = '', operation }) => operation === 'DescribeInstances' && functionName.endsWith('-plan-drain'),
      { kind: 'throttle' },
      { times: 999 },
    );
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await scenario.world.advance(5 * MINUTE_MS);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    heal();
    await isOver(scenario, 'node-drain');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
  });

  it('about the claim for a minute costs a drain by hand nothing', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const heal = scenario.plant(
      ({ functionName = '', service }) => service === 's3' && functionName.endsWith('-claim-instance'),
      { kind: 'hang' },
      { times: 999 },
    );
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await scenario.world.advance(MINUTE_MS);
    heal();
    await isOver(scenario, 'node-drain');
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
  });

  it('because it may not is told with what it is that may not', async () => {
    const { scenario, leaver } = await rehearseFleet({ denied: ['s3:PutObject'] });
    scenario.plant(
      ({ functionName = '', operation }) => operation === 'PutObject' && functionName.endsWith('-claim-instance'),
      {
        kind: 'error',
        code: 'AccessDenied',
        message: 'tender is not authorized to perform: s3:PutObject',
        status: 403,
      },
      { times: 999 },
    );
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await isOver(scenario, 'node-drain');
    expect(scenario.cause('node-drain')).toContain('the instance could not be claimed: AwsAccessDenied: ');
    expect(scenario.cause('node-drain')).toContain('s3:PutObject');
    expect([conditionOfNode(scenario, leaver), leases(scenario)]).toEqual(['Ready', []]);
  });
});
