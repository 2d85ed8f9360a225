import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import {
  everyMishap,
  type Mishap,
  plantMishap,
  type RecordedCall,
  recordCalls,
  someMishaps,
} from '../../support/scenarios/single-faults.ts';

const long = process.env.TENDER_LONG !== undefined;

/** Long enough for a node to join, short enough for one that never does. */
const impatient = { join: { timeoutSeconds: 240, requiredDaemonSets: ['kube-system/kube-flannel'] } };

/** The join of one instance, with what is to go wrong in it; gives what is wrong in the end. */
type Way = (prepare: (scenario: FaultScenario) => void) => Promise<string[]>;

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

/** Everything is done but the last step, which Tender may not do for the first instance: all is to be undone. */
const failsAtTheDoor: Way = async (prepare) => {
  const scenario = await FaultScenario.prepare({ entry: impatient });
  const forbidden = { kind: 'error', code: 'Forbidden', message: 'nodes is forbidden', status: 403 } as const;
  scenario.plant(
    (call) => call.functionName?.endsWith('-admit-node') === true && call.operation === 'patch nodes',
    forbidden,
    { times: Number.POSITIVE_INFINITY },
  );
  return abandoned(scenario, prepare);
};

const neverBoots: Way = async (prepare) => {
  const failures = failingInstances((ordinal) => (ordinal === 1 ? { name: 'never-boots-kubelet' } : undefined));
  return abandoned(await FaultScenario.prepare({ node: { failures }, entry: impatient }), prepare);
};

async function abandoned(scenario: FaultScenario, prepare: (scenario: FaultScenario) => void): Promise<string[]> {
  prepare(scenario);
  const instanceId = await scenario.launchOnce();
  await scenario.comesToRest();
  const outcomes = scenario.outcomes().join(', ');
  return [
    ...scenario.leftovers(),
    ...(scenario.cluster.inService().includes(instanceId) ? ['it was let into service'] : []),
    ...(scenario.diagnoses().length > 0 ? [] : ['there is no diagnosis']),
    ...(outcomes === 'FAILED NodeNotBootstrapped' ? [] : [`executions ended ${outcomes}`]),
  ];
}

async function record(way: Way): Promise<RecordedCall[]> {
  let calls: RecordedCall[] = [];
  const problems = await way((scenario) => {
    calls = recordCalls(scenario);
  });
  expect(problems).toEqual([]);
  return calls;
}

/** In the quick run, calls of a way that another one made already are left to the long run. */
async function whatGoesWrong(way: Way, covered: readonly RecordedCall[] = []): Promise<Record<string, string[]>> {
  const calls = await record(way);
  const fresh = calls.filter((call) => !covered.some((known) => isSame(call, known)));
  const wrong: Record<string, string[]> = {};
  for (const { call, mishap } of long ? everyMishap(calls) : someMishaps(fresh)) {
    const problems = await way((scenario) => plantMishap(scenario, call, mishap));
    if (problems.length > 0) wrong[nameOf(call, mishap)] = problems;
  }
  return wrong;
}

function isSame(one: RecordedCall, other: RecordedCall): boolean {
  return one.caller === other.caller && one.operation === other.operation;
}

function nameOf({ caller, service, operation, nth }: RecordedCall, mishap: Mishap): string {
  return `${mishap} at ${caller}'s ${service} ${operation}, time ${nth}`;
}

describe('a function that dies before or after a changing call, or loses the answer to it', () => {
  const timeout = long ? 900_000 : 60_000;

  it('never keeps a healthy instance out of service', { timeout }, async () => {
    expect(await whatGoesWrong(joins)).toEqual({});
  });

  it('never leaves an instance hanging that is to be given back', { timeout }, async () => {
    expect(await whatGoesWrong(failsAtTheDoor, await record(joins))).toEqual({});
  });

  it.runIf(long)('never leaves an instance hanging that never joined', { timeout }, async () => {
    expect(await whatGoesWrong(neverBoots)).toEqual({});
  });
});
