import { expect, it } from 'vitest';
import { conditionOfNode, guard, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';

it('a retirement that dies four times more is given up: the hook is answered, and a person is told', {
  timeout: 180_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet();
  guard(scenario, leaver);
  await scenario.world.advance(5_000);
  await scaleIn(scenario, leaver);
  for (let death = 1; death <= 5; death += 1) {
    expect(hookAnswers(scenario)).toEqual([]);
    await scenario.stop(await scenario.untilState('DrainNode', death, 'node-retire'));
  }
  await scenario.comesToRest();

  expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  expect(scenario.outcomes('node-retire').filter((outcome) => outcome.startsWith('ABORTED'))).toHaveLength(5);
  expect(pages(scenario).map(({ message }) => message)).toEqual([
    expect.stringContaining('four retirements of it have died'),
  ]);
  expect(conditionOfNode(scenario, leaver)).toBe('gone');
  expect(scenario.leftovers()).toEqual([]);
});

it.each([60, 120])(
  'a hook of %d seconds outlives three Stops in a row',
  { timeout: 180_000 },
  async (heartbeatTimeout) => {
    const { scenario, leaver } = await rehearseFleet({ terminateHook: { heartbeatTimeout } });
    await scaleIn(scenario, leaver);
    for (let death = 1; death <= 3; death += 1)
      await scenario.stop(await scenario.untilState('DrainNode', death, 'node-retire'));
    await scenario.comesToRest();

    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.heartbeats()).toBeGreaterThanOrEqual(3);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  },
);
