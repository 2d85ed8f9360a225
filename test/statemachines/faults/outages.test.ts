import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const long = process.env.TENDER_LONG !== undefined;
const fiveMinutesMs = 5 * 60_000;

/** When the API server goes away: just as the bootstrap enters this state. */
const moments = [
  ['before the token is made', 'PlanBootstrap'],
  ['as the token is made', 'OfferJoin'],
  ['while Ready is awaited', 'LabelNode'],
  ['while the targets are awaited', 'WaitForTargets'],
  ['at admission', 'AdmitNode'],
] as const;
const outages = ['refused', 'silent'] as const;
const cases = moments.flatMap(([when, state], index) =>
  outages.filter((_, o) => long || o === index % 2).map((outage) => [outage, when, state] as const),
);

describe('an API server that is away for five minutes', () => {
  it.each(cases)('(%s) %s costs no instance: the hook is kept alive, and the node joins', async (outage, _, state) => {
    const scenario = await FaultScenario.prepare({ schedules: false });
    const instanceId = await scenario.launch();
    await scenario.untilState(state);
    const { kubernetes } = scenario.cluster;
    kubernetes.down(outage);
    const before = scenario.heartbeats();
    await scenario.world.advance(fiveMinutesMs);
    expect(scenario.heartbeats() - before).toBeGreaterThanOrEqual(1);
    kubernetes.up();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  });
});

describe('an API server that goes away while a certificate request is awaited', () => {
  it.each(outages)(
    '(%s) costs at most that instance, whose token may be spent when its kubelet is back',
    async (outage) => {
      const scenario = await FaultScenario.prepare({ entry: { join: { timeoutSeconds: 600 } } });
      await scenario.launch();
      await scenario.untilState('ApproveJoinCsrs');
      scenario.cluster.kubernetes.down(outage);
      await scenario.world.advance(fiveMinutesMs);
      scenario.cluster.kubernetes.up();
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).toHaveLength(1);
      expect(scenario.outcomes().at(-1)).toBe('SUCCEEDED');
      expect(scenario.leftovers()).toEqual([]);
      expect(scenario.sickInService()).toEqual([]);
    },
  );
});

describe('an API server that is away for good', () => {
  const impatient = { join: { timeoutSeconds: 300 } };

  it('ends in an abandoned instance and a diagnosis that says so', async () => {
    const scenario = await FaultScenario.prepare({ entry: impatient });
    scenario.cluster.kubernetes.down('refused');
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([]);
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('API server');
    expect(scenario.diagnoses().filter((key) => key.includes(instanceId))).toHaveLength(1);
    expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept']);
    // The event that its instance is terminated has it cleaned up after all the same: the claim is let go.
    expect(scenario.leftovers()).toEqual([]);
  });

  it('can be swept by hand when it is back', async () => {
    const scenario = await FaultScenario.prepare({ entry: impatient });
    await scenario.launchOnce();
    await scenario.untilState('WaitForNode', 2);
    scenario.cluster.kubernetes.down('refused');
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept']);
    scenario.cluster.kubernetes.up();
    await scenario.sweepByHand();
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept', 'SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('after the token was made: what needs it is undone when it is back, by the sweep', async () => {
    const scenario = await FaultScenario.prepare({ entry: impatient });
    await scenario.launchOnce();
    await scenario.untilState('WaitForNode', 2);
    scenario.cluster.kubernetes.down('refused');
    await scenario.world.until('it is given up', () => scenario.outcomes()[0] !== 'running');
    await scenario.world.advance(10 * 60_000);
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.leftovers().filter((left) => left.startsWith('parameter'))).toEqual([]);
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.outcomes('sweep')).toEqual(['SUCCEEDED']);
  });
});
