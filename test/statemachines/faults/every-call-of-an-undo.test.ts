import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { type RecordedCall, recordCalls } from '../../support/scenarios/single-faults.ts';
import { callsOf, type Way, whatGoesWrong } from '../../support/scenarios/what-goes-wrong.ts';

const long = process.env.TENDER_LONG !== undefined;

/** Long enough for a node to join, short enough for one that never does. */
const impatient = { join: { timeoutSeconds: 240, requiredDaemonSets: ['kube-system/kube-flannel'] } };

/** The calls of a join that nothing hinders: every-call.test.ts lets each of them go wrong. */
async function callsOfAJoin(): Promise<RecordedCall[]> {
  const scenario = await FaultScenario.prepare();
  const calls = recordCalls(scenario);
  await scenario.launch();
  await scenario.comesToRest();
  return calls;
}

/** Everything is done but the last step, which Tender may not do for the first instance: all is to be undone. */
const failsAtTheDoor: Way = async (prepare) => {
  const scenario = await FaultScenario.prepare({ entry: impatient, schedules: false });
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
  return abandoned(await FaultScenario.prepare({ node: { failures }, entry: impatient, schedules: false }), prepare);
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

describe('a function that dies before or after a changing call, or loses the answer to it', () => {
  const timeout = long ? 900_000 : 60_000;

  it('never leaves an instance hanging that is to be given back', { timeout }, async () => {
    expect(await whatGoesWrong(failsAtTheDoor, { known: await callsOfAJoin(), everyNth: 4 })).toEqual({});
  });

  it.runIf(long)('never leaves an instance hanging that never joined', { timeout }, async () => {
    const known = [...(await callsOfAJoin()), ...(await callsOf(failsAtTheDoor))];
    expect(await whatGoesWrong(neverBoots, { known })).toEqual({});
  });
});
