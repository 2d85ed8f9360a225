import { describe, expect, it } from 'vitest';
import { recordJoin } from '../../support/scenarios/join-timeline.ts';
import {
  hookAnswers,
  lifecycleState,
  nodeOf,
  pages,
  rehearse,
  trace,
  transitions,
} from '../../support/scenarios/scenario.ts';

const HOOK_STATES = ['RecordHeartbeat', 'AnswerHook'];

describe('an instance that launches', () => {
  it('becomes a node in the order of the join gate, within 70 transitions, and leaves nothing behind', async () => {
    const scenario = await rehearse();
    const moments = recordJoin(scenario);
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(lifecycleState(scenario, instanceId)).toBe('InService');
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
    expect(nodeOf(scenario, instanceId)?.metadata.labels).toMatchObject({
      'node-role.kubernetes.io/worker': '',
      'example.com/pool': 'workers',
    });
    expect(nodeOf(scenario, instanceId)?.metadata.annotations).not.toHaveProperty('tender.sh/owner');
    expect(nodeOf(scenario, instanceId)?.spec?.providerID).toBe(`aws:///us-east-1a/${instanceId}`);
    expect(scenario.leftovers()).toEqual([]);
    expect(pages(scenario)).toEqual([]);
    expect(transitions(scenario)).toBeLessThanOrEqual(70);
    expect(scenario.output('node-bootstrap')).toMatchObject({
      cluster: 'demo',
      instanceId,
      answer: 'CONTINUE',
      refusedCsrs: [],
      targetWarnings: [],
      remark: '',
    });

    const names = moments.map(({ what }) => what);
    const inOrder = [
      'LifecycleHookWaiting',
      'parameter written',
      'client certificate approved',
      'NodeRegistered',
      'role label set',
      'target initial',
      'target healthy',
      'startup taint removed',
      'hook answered CONTINUE',
      'InService',
    ];
    expect(names.filter((what) => inOrder.includes(what))).toEqual(inOrder);
    expect(names.indexOf('token minted')).toBeLessThan(names.indexOf('parameter written'));
    for (const before of ['NodeReady', 'NodeInitialized', 'serving certificate approved'])
      expect(names.indexOf(before), before).toBeLessThan(names.indexOf('target initial'));
    expect(names.indexOf('classic InService')).toBeLessThan(names.indexOf('startup taint removed'));
    // The token's secret is worth nothing any more before the node has even registered with its certificate.
    const at = (what: string) => moments.find((moment) => moment.what === what)?.at ?? Number.NaN;
    expect(at('token deleted') - at('client certificate approved')).toBeLessThan(1_000);
    expect(at('parameter deleted') - at('client certificate approved')).toBeLessThan(1_000);
  });

  it('becomes a node when somebody starts it by hand, and no hook is touched', async () => {
    const scenario = await rehearse({ launchHook: 'somebody-elses' });
    const instanceId = await scenario.launchOnce();
    await scenario.world.until('it is listed', () => lifecycleState(scenario, instanceId) === 'Pending:Wait', 300_000);
    scenario.deployment.start('NodeBootstrapMachine', { cluster: 'demo', instanceId });
    await scenario.world.until('the workflow is over', () => scenario.outcomes()[0] !== 'running', 1_800_000);

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
    expect(trace(scenario).filter((state) => HOOK_STATES.includes(state))).toEqual([]);
    expect(hookAnswers(scenario)).not.toContain(`CONTINUE ${instanceId}`);
    expect(transitions(scenario)).toBeLessThanOrEqual(70);
  });

  it('that takes long is kept alive by heartbeats far beyond its hook’s timeout', async () => {
    const scenario = await rehearse({
      heartbeatTimeout: 60,
      node: { failures: () => ({ name: 'slow', seconds: 400 }) },
    });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(scenario.heartbeats()).toBeGreaterThanOrEqual(8);
    const beats = scenario.events('LifecycleActionHeartbeat').map(({ at }) => at);
    const gaps = beats.slice(1).map((at, index) => at - (beats[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(60_000);
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
    expect(scenario.leftovers()).toEqual([]);
  });
});
