import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, eventsOf, guard, isOver, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rehearseSickness, startRepair } from '../../support/scenarios/repair.ts';
import { lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';
import { rehearseWatched, wordsAbout } from '../../support/scenarios/watched.ts';

const timeout = 180_000;
const wellAgain = /^it is well again; i-\w+ was launched for it, and goes$/;
const replaces = { signal: 'KernelDeadlock', ladder: ['replace', 'page'], launchFirst: true };

/** A repair that waits for the replacement of a node that serves in spite of its sign. */
async function replacementIsAwaited() {
  const { scenario, sick } = await rehearseSickness({ replaced: true });
  scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
  startRepair(scenario, { instanceId: sick.instanceId }, replaces);
  await scenario.untilState('WaitForReplacement', 1, 'node-retire');
  return { scenario, sick };
}

function recovers(scenario: FaultScenario, { nodeName }: Worker): void {
  scenario.cluster.kubernetes.problems.takeBack(nodeName, 'KernelDeadlock');
}

/** The sick node serves as before, and nothing of the repair is left. */
async function expectItStays(scenario: FaultScenario, sick: Worker): Promise<void> {
  await scenario.comesToRest();
  expect([conditionOfNode(scenario, sick), lifecycleState(scenario, sick.instanceId)]).toEqual(['Ready', 'InService']);
  expect(scenario.isHealthyNode(sick.instanceId)).toBe(true);
  expect([
    scenario.cloud.fleet.groups.all.get(scenario.cluster.workersGroup)?.desired,
    scenario.cluster.inService().length,
  ]).toEqual([2, 2]);
  expect(stored(scenario, 'claims/').size).toBe(0);
  expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')?.leases).toEqual([]);
  expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
}

describe('a node that a repair wants replaced', { timeout }, () => {
  it('stays when it is well again by the time that its replacement is there: the replacement is given back, and the repair says so', async () => {
    const { scenario, sick } = await replacementIsAwaited();
    recovers(scenario, sick);
    await isOver(scenario, 'node-repair');

    expect(scenario.output('node-retire', 0)).toMatchObject({
      outcome: 'well',
      remark: expect.stringMatching(wellAgain),
    });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      rung: '',
      rungs: [{ rung: 'replace', outcome: expect.stringMatching(/^called off: it is well again; /) }],
      remark: expect.stringMatching(wellAgain),
    });
    expect(trace(scenario, 0, 'node-retire')).not.toContain('DrainNode');
    expect(eventsOf(scenario, sick)).toContain(
      'ReplacementCalledOff: Tender does not replace the node: it is well again (KernelDeadlock)',
    );
    await expectItStays(scenario, sick);
  });

  it('is no finding any more when it has recovered so, and nothing more is begun for it', async () => {
    const rules = [{ signal: 'KernelDeadlock', status: 'True', afterMinutes: 1, ladder: ['replace', 'page'] }];
    const { scenario, leaver, workers } = await rehearseWatched({ workers: 3, entry: { health: { rules } } });
    await scenario.operate('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      MinSize: workers.length,
    });
    await scenario.world.advance(120_000);
    scenario.cluster.kubernetes.problems.latch(leaver.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
    await scenario.untilState('WaitForReplacement', 1, 'node-retire');
    recovers(scenario, leaver);
    await isOver(scenario, 'node-repair');
    await scenario.world.advance(20 * 60_000);

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      remark: expect.stringMatching(wellAgain),
    });
    expect([scenario.outcomes('node-repair').length, wordsAbout(scenario, leaver)]).toEqual([1, undefined]);
  });

  it('stays when it recovers while it is drained: it is put back, and serves again', async () => {
    const { scenario, sick } = await rehearseSickness();
    const loosen = guard(scenario, sick);
    await scenario.world.advance(5_000);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
    startRepair(scenario, { instanceId: sick.instanceId }, { ...replaces, launchFirst: false });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    recovers(scenario, sick);
    loosen();
    await isOver(scenario, 'node-repair');

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: '', remark: 'it is well again' });
    const states = trace(scenario, 0, 'node-retire');
    expect(states).toEqual(expect.arrayContaining(['UndoDrain', 'ReregisterNode', 'ReleaseClaim', 'NodeStays']));
    expect(states).not.toContain('TerminateInstance');
    await expectItStays(scenario, sick);
  });

  it('stays when somebody pauses it before its replacement is there, and the repair begins there once the pause is over', async () => {
    const { scenario, sick } = await replacementIsAwaited();
    scenario.cluster.kubernetes.store.change<ClusterNode>('nodes', sick.nodeName, undefined, (node) => {
      node.metadata.annotations = { ...node.metadata.annotations, 'tender.sh/paused': 'false-alarm' };
    });
    await isOver(scenario, 'node-repair');

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'stopped',
      before: 'replace',
      remark: expect.stringMatching(/^it is paused by its annotation tender.sh.paused: false-alarm; /),
    });
    expect(trace(scenario, 0, 'node-retire')).not.toContain('DrainNode');
    await expectItStays(scenario, sick);
  });

  it('waits with its replacement while nobody can say how it is, and goes when it is sick still', async () => {
    const { scenario, sick } = await replacementIsAwaited();
    await scenario.untilState('PlanRetire', 2, 'node-retire');
    scenario.cluster.kubernetes.down('refused');
    await scenario.untilState('WaitToLookAgain', 3, 'node-retire');
    expect(scenario.outcomes('node-drain')).toEqual([]);
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'replaced', rung: 'replace' });
    expect(lifecycleState(scenario, sick.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('stays when nobody can say how it is until the time to wait is up', async () => {
    const { scenario, sick } = await rehearseSickness({ replaced: true });
    const input = { cluster: 'demo', instanceId: sick.instanceId, signal: 'repair', launchFirst: true };
    const sickness = { signal: 'KernelDeadlock', bootId: '', conditions: '', rungSince: '', rungDone: false };
    const notAfter = new Date(scenario.world.now() + 600_000).toISOString();
    scenario.startByHand('NodeRetireMachine', { ...input, sickness, notAfter });
    await scenario.untilState('PlanRetire', 2, 'node-retire');
    scenario.cluster.kubernetes.down('refused');
    await scenario.untilState('WithdrawReplacement', 1, 'node-retire');
    scenario.cluster.kubernetes.up();
    await scenario.comesToRest();

    expect(scenario.output('node-retire', 0)).toMatchObject({
      outcome: 'aside',
      remark: expect.stringMatching(/^until \S+ nobody could say how it is: the API server/),
    });
    expect(scenario.world.now()).toBeGreaterThan(Date.parse(notAfter));
    await expectItStays(scenario, sick);
  });

  it.each([
    ['before it is drained', true],
    ['after its drain', false],
  ])(
    'stays when Tender may not look at it again %s: a person is told at once, and all is put back',
    async (_when, launchFirst) => {
      const { scenario, sick } = await rehearseSickness({ replaced: true });
      scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
      const fault = { kind: 'error', code: 'AccessDenied', message: 'You may not read this', status: 403 } as const;
      scenario.plant(({ functionName = '' }) => /check-sickness$/.test(functionName), fault, { times: 1000 });
      const began = scenario.world.now();
      startRepair(scenario, { instanceId: sick.instanceId }, { ...replaces, launchFirst });
      await isOver(scenario, 'node-repair');

      expect(scenario.world.now() - began).toBeLessThan(3_600_000);
      await scenario.comesToRest();
      expect(scenario.cause('node-retire')).toMatch(/AwsAccessDenied: /);
      expect(pages(scenario).map(({ message }) => message)).toEqual([
        expect.stringMatching(/a permission is missing, so that Tender cannot replace it: /),
      ]);
      const states = trace(scenario, 0, 'node-retire');
      expect([states.includes('UndoDrain'), states.includes('TerminateInstance')]).toEqual([!launchFirst, false]);
      expect([conditionOfNode(scenario, sick), lifecycleState(scenario, sick.instanceId)]).toEqual([
        'Ready',
        'InService',
      ]);
      expect([stored(scenario, 'claims/').size, scenario.leftovers()]).toEqual([0, []]);
    },
  );
});
