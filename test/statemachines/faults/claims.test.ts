import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { type RecordedCall, recordCalls } from '../../support/scenarios/single-faults.ts';

const nobody = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-bootstrap:never-was';

describe('two executions for one instance', () => {
  /** Both end well, but one token was made, one claim is held at a time, and the node is as if there had been one. */
  async function expectOneJoin(
    scenario: FaultScenario,
    calls: readonly RecordedCall[],
    instanceId: string,
  ): Promise<void> {
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(calls.filter(({ operation }) => operation === 'create secrets')).toHaveLength(1);
    expect(calls.filter(({ operation }) => operation === 'PutParameter')).toHaveLength(1);
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  }

  it('by hook, then by hand: the second starts nothing', async () => {
    const scenario = await FaultScenario.prepare();
    const calls = recordCalls(scenario);
    const instanceId = await scenario.launch();
    await scenario.untilState('LabelNode');
    scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await expectOneJoin(scenario, calls, instanceId);
  });

  it('by hand, then by a late hook event: the one that came first joins the node', async () => {
    const scenario = await FaultScenario.prepare();
    const calls = recordCalls(scenario);
    scenario.cloud.events.delayNext((event) => event.source === 'aws.autoscaling', 60_000);
    const instanceId = await scenario.launch();
    await scenario.world.until('the hook waits', () => scenario.cluster.members('Pending:Wait').length === 1);
    scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await expectOneJoin(scenario, calls, instanceId);
    expect(scenario.output('node-bootstrap', 0)).toMatchObject({ answer: 'CONTINUE' });
  });

  it('at the same moment: one of them joins the node', async () => {
    const scenario = await FaultScenario.prepare();
    const calls = recordCalls(scenario);
    const instanceId = await scenario.launch();
    await scenario.untilState('PlanBootstrap');
    scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await expectOneJoin(scenario, calls, instanceId);
  });

  it('by hand for a node in service: it is found joined, and stays in service', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  });
});

describe('a claim', () => {
  it('of an execution that does not run is taken over', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    const at = scenario.world.date().toISOString();
    const claim = {
      cluster: 'demo',
      instanceId,
      owner: nobody,
      workflow: 'node-bootstrap',
      claimedAt: at,
      deadline: at,
    };
    await scenario.writeState(`claims/demo/${instanceId}.json`, JSON.stringify(claim));
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it.each(['not json', '{"owner": 1}'])(
    'that somebody edited to %j ends in an abandoned instance and names the object',
    async (text) => {
      const scenario = await FaultScenario.prepare();
      const instanceId = await scenario.launch();
      const key = `claims/demo/${instanceId}.json`;
      await scenario.writeState(key, text);
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).not.toContain(instanceId);
      expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped', 'SUCCEEDED']);
      expect(scenario.cause()).toContain(key);
      expect(scenario.sickInService()).toEqual([]);
      // What somebody wrote there is not Tender's to delete.
      expect(scenario.leftovers()).toEqual([`claim ${key}`]);
      expect(scenario.cause('sweep')).toContain(key);
    },
  );

  it('that somebody edits while the node joins does not keep it out of service', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    await scenario.untilState('LabelNode');
    await scenario.writeState(`claims/demo/${instanceId}.json`, 'not json');
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.sickInService()).toEqual([]);
  });
});
