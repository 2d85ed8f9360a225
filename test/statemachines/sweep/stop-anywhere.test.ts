import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { visitedStates } from '../../support/scenarios/visited-states.ts';

const long = process.env.TENDER_LONG !== undefined;

/** A scenario whose instance joins, or is turned away in the last step. */
type Way = () => Promise<FaultScenario>;

const joins: Way = () => FaultScenario.prepare({ schedules: false });

const failsAtTheDoor: Way = async () => {
  const scenario = await FaultScenario.prepare({ schedules: false });
  scenario.plant(
    (call) => call.functionName?.endsWith('-admit-node') === true && call.operation === 'patch nodes',
    { kind: 'error', code: 'Forbidden', message: 'nodes is forbidden', status: 403 },
    { times: Number.POSITIVE_INFINITY },
  );
  return scenario;
};

/** Stops the bootstrap as it enters the state; gives what is wrong when all is at rest. */
async function stoppedIn(state: string, way: Way): Promise<string[]> {
  const scenario = await way();
  await scenario.launchOnce();
  await scenario.stop(await scenario.untilState(state));
  await scenario.comesToRest();
  const [bootstrap] = scenario.outcomes();
  const sweeps = scenario.outcomes('sweep').join(', ');
  return [
    ...scenario.leftovers(),
    ...scenario.sickInService().map((id) => `${id} is in service and sick`),
    ...(bootstrap === 'ABORTED' ? [] : [`the bootstrap ended ${bootstrap}`]),
    ...(sweeps === 'SUCCEEDED' ? [] : [`sweeps ended ${sweeps}`]),
  ];
}

async function whatGoesWrong(way: Way, leaveOut: readonly string[]): Promise<Record<string, string[]>> {
  const wrong: Record<string, string[]> = {};
  const states = (await statesOf(way)).filter((state) => !leaveOut.includes(state));
  // Every third in the quick run.
  for (const state of states.filter((_, index) => long || index % 3 === 1)) {
    const problems = await stoppedIn(state, way);
    if (problems.length > 0) wrong[`stopped in ${state}`] = problems;
  }
  return wrong;
}

async function statesOf(way: Way): Promise<string[]> {
  const scenario = await way();
  await scenario.launchOnce();
  await scenario.comesToRest();
  return visitedStates(scenario, 'node-bootstrap');
}

describe('Stop pressed in the console', () => {
  const timeout = long ? 600_000 : 60_000;

  it('in any state of a join leaves nothing, and its hook is answered', { timeout }, async () => {
    // The pass over the load balancers is started in no time: nobody can press Stop there.
    expect(await whatGoesWrong(joins, ['StartLoadBalancerSync'])).toEqual({});
  });

  it('in any state of an undo leaves nothing, and its hook is answered', { timeout }, async () => {
    expect(await whatGoesWrong(failsAtTheDoor, long ? [] : await statesOf(joins))).toEqual({});
  });
});
