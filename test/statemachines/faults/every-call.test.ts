import { expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { type Way, whatGoesWrong } from '../../support/scenarios/what-goes-wrong.ts';

const timeout = process.env.TENDER_LONG ? 900_000 : 60_000;

/** The join of one instance. */
const joins: Way = async (prepare) => {
  const scenario = await FaultScenario.prepare();
  prepare(scenario);
  const instanceId = await scenario.launch();
  await scenario.comesToRest();
  const [first, ...others] = scenario.outcomes();
  return [
    ...scenario.leftovers(),
    ...scenario.sickInService().map((id) => `${id} is in service and sick`),
    ...(scenario.cluster.inService().includes(instanceId) ? [] : ['the healthy instance was taken down']),
    ...(first === 'SUCCEEDED' && others.length === 0 ? [] : [`executions ended ${scenario.outcomes().join(', ')}`]),
  ];
};

it('a function that dies before or after a changing call, or loses the answer to it, never keeps a healthy instance out of service', {
  timeout,
}, async () => {
  expect(await whatGoesWrong(joins, { everyNth: 2 })).toEqual({});
});
