import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../simulator/world/faults.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { everyMishap, plantMishap, recordCalls, someMishaps } from '../../support/scenarios/single-faults.ts';

const long = process.env.TENDER_LONG !== undefined;
const forEver = { times: Number.POSITIVE_INFINITY };
const sweepers: ReadonlySet<string> = new Set([
  'check-claim',
  'inspect-leftover',
  'claim-instance',
  'deregister-targets',
  'revoke-join',
  'release-claim',
  'state machine',
]);

/** A bootstrap that somebody stops when the most is there to undo: a token, a Node, targets. */
async function stoppedBeforeAdmission(): Promise<FaultScenario> {
  const scenario = await FaultScenario.prepare();
  await scenario.launchOnce();
  await scenario.stop(await scenario.untilState('WaitForTargets'));
  return scenario;
}

function expectSwept(scenario: FaultScenario): void {
  expect(scenario.outcomes('sweep')).toEqual(['SUCCEEDED']);
  expect(scenario.leftovers()).toEqual([]);
  expect(scenario.cluster.inService()).toEqual([]);
  expect(scenario.events('LifecycleActionTimedOut')).toEqual([]);
}

describe('the sweep', () => {
  it('gives back an instance whose bootstrap was stopped, and the next one joins', async () => {
    const scenario = await FaultScenario.prepare();
    const stopped = await scenario.launch();
    await scenario.stop(await scenario.untilState('WaitForTargets'));
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toHaveLength(1);
    expect(scenario.cluster.inService()).not.toContain(stopped);
    expect(scenario.outcomes()).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(scenario.output('sweep')).toMatchObject({ answer: 'ABANDON' });
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  });

  it.each(['LabelNode', 'WaitForTargets'])(
    'of a self-joined node stopped in %s keeps it, takes our mark off, and says that a person goes on',
    async (state) => {
      const scenario = await FaultScenario.prepare({ selfJoining: true });
      const stopped = await scenario.launch();
      await scenario.stop(await scenario.untilState(state));
      await scenario.comesToRest();
      expect(scenario.cluster.inService()).toEqual([stopped]);
      expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept']);
      const nodes = scenario.cluster.kubernetes.store.list('nodes');
      expect(nodes.filter((node) => node.metadata.annotations?.['tender.sh/owner'] !== undefined)).toEqual([]);
    },
  );

  it('comes when a bootstrap’s own time is up', async () => {
    const scenario = await FaultScenario.prepare();
    const stateMachineArn = scenario.deployment.resource('NodeBootstrapMachine');
    const { definition } = await scenario.operate<{ definition: string }>('states', 'DescribeStateMachine', {
      stateMachineArn,
    });
    const hurried = JSON.stringify({ ...(JSON.parse(definition) as object), TimeoutSeconds: 70 });
    await scenario.operate('states', 'UpdateStateMachine', { stateMachineArn, definition: hurried });
    await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['TIMED_OUT']);
    expectSwept(scenario);
  });

  it('leaves a node in service that was admitted, and answers its hook with CONTINUE', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.plant(({ operation }) => operation === 'CompleteLifecycleAction', { kind: 'hang' });
    const instanceId = await scenario.launch();
    await scenario.stop(await scenario.untilState('AnswerHook'));
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.output('sweep')).toMatchObject({ answer: 'CONTINUE' });
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  });

  it.each([
    ['OfferJoin', 'PutParameter'],
    ['ClaimInstance', 'PutObject'],
    ['RegisterTargets', 'RegisterTargets'],
  ])('also undoes what a step in %s does after Stop was pressed', async (state, operation) => {
    const scenario = await FaultScenario.prepare();
    // The function is throttled and tries again for seconds, so that the sweep is there before it.
    scenario.plant(
      (call) => call.operation === operation && call.functionName !== undefined,
      { kind: 'throttle' },
      { times: 5 },
    );
    await scenario.launchOnce();
    await scenario.stop(await scenario.untilState(state));
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['ABORTED']);
    expectSwept(scenario);
  });

  it('stands aside for another execution that works on the instance', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    await scenario.untilState('OfferJoin');
    scenario.startByHand('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await scenario.stop(await scenario.untilState('PlanBootstrap', 2));
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED', 'ABORTED']);
    expect(scenario.output('sweep')).toMatchObject({ answer: 'another execution works on it' });
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
  });

  it('finds nothing after an execution that ended well, and costs next to nothing', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    scenario.sweepByHand();
    await scenario.comesToRest();
    expect(scenario.output('sweep')).toMatchObject({ instanceId, answer: 'nothing was left' });
    expect(scenario.deployment.executions('sweep')[0]?.run.billedTransitions).toBeLessThanOrEqual(7);
    expect(scenario.sickInService()).toEqual([]);
  });

  it('finds nothing after a bootstrap that undid its work itself', async () => {
    const scenario = await FaultScenario.prepare({
      node: { failures: () => ({ name: 'never-boots-kubelet' }) },
      entry: { join: { timeoutSeconds: 120 } },
    });
    await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.output('sweep')).toMatchObject({ answer: 'nothing was left' });
    expect(scenario.leftovers()).toEqual([]);
  });

  it('of an instance that was terminated meanwhile takes back what is left of it', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launchOnce();
    const execution = await scenario.untilState('WaitForTargets');
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
    await scenario.stop(execution);
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep')).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('that was stopped itself is started again by hand, and finishes', async () => {
    const scenario = await stoppedBeforeAdmission();
    await scenario.stop(await scenario.untilState('RevokeJoin', 1, 'sweep'));
    await scenario.world.advance(60_000);
    scenario.sweepByHand();
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep')).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.cluster.inService()).toEqual([]);
  });

  it.each([
    ['an API server that is away', 'down'],
    ['AWS that throttles every function', 'throttle'],
  ])('waits ten minutes for %s, and finishes', async (_, what) => {
    const scenario = await stoppedBeforeAdmission();
    const throttle: Fault = { kind: 'throttle' };
    const lift =
      what === 'throttle'
        ? scenario.plant((call) => call.functionName !== undefined && call.service !== 'states', throttle, forEver)
        : () => scenario.cluster.kubernetes.up();
    if (what === 'down') scenario.cluster.kubernetes.down('refused');
    await scenario.world.advance(10 * 60_000);
    lift();
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep')).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.cluster.inService()).toEqual([]);
  });

  it('survives the death of a function at any of its changing calls', {
    timeout: long ? 300_000 : 60_000,
  }, async () => {
    const clean = await FaultScenario.prepare({ schedules: false });
    await clean.launchOnce();
    const bootstrap = await clean.untilState('WaitForTargets');
    const calls = recordCalls(clean);
    await clean.stop(bootstrap);
    await clean.comesToRest();
    const ofSweep = calls.filter(({ caller }) => sweepers.has(caller));
    expect(ofSweep.length).toBeGreaterThan(5);

    const wrong: Record<string, string[]> = {};
    for (const { call, mishap } of long ? everyMishap(ofSweep) : someMishaps(ofSweep).slice(0, 4)) {
      const scenario = await FaultScenario.prepare({ schedules: false });
      await scenario.launchOnce();
      const execution = await scenario.untilState('WaitForTargets');
      plantMishap(scenario, call, mishap);
      await scenario.stop(execution);
      await scenario.comesToRest();
      const problems = [...scenario.leftovers(), ...scenario.outcomes('sweep').filter((one) => one !== 'SUCCEEDED')];
      if (problems.length > 0) wrong[`${mishap} at ${call.caller}'s ${call.operation}`] = problems;
    }
    expect(wrong).toEqual({});
  });
});
